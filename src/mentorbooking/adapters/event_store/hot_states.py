"""Committed states of the aggregates that were used last, so that a command needn't replay.

A state is a value: it is replaced by the one that follows and never edited. What is in here
may be behind the log when another process writes; then the append's version check refuses,
and the entry is dropped.
"""

from __future__ import annotations

from collections import OrderedDict

from mentorbooking.domain.kernel.aggregate import AggregateRoot


class HotStates:
    """A bounded map from stream to state; the least recently used goes first.

    ``capacity`` counts ``AggregateRoot.extent``: a page with 300 slots costs as much as 300
    small states.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._extent = 0
        self._states: OrderedDict[str, AggregateRoot] = OrderedDict()

    def __len__(self) -> int:
        return len(self._states)

    def get(self, stream: str) -> AggregateRoot | None:
        state = self._states.get(stream)
        if state is not None:
            self._states.move_to_end(stream)
        return state

    def put(self, stream: str, state: AggregateRoot) -> None:
        """Keep a state, unless a newer one is here already."""
        known = self._states.get(stream)
        if known is not None:
            if known.version > state.version:
                return
            self._extent -= known.extent
        self._states[stream] = state
        self._states.move_to_end(stream)
        self._extent += state.extent
        while self._extent > self._capacity:
            self._extent -= self._states.popitem(last=False)[1].extent

    def drop(self, stream: str) -> None:
        state = self._states.pop(stream, None)
        if state is not None:
            self._extent -= state.extent

    def clear(self) -> None:
        self._states.clear()
        self._extent = 0
