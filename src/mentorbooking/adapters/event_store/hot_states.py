"""Committed states of the aggregates that were used last, so that a command needn't replay.

A state is a value: it is replaced by the one that follows and never edited. What is in here
may be behind the log when another process writes; then the append's version check refuses,
and the entry is dropped.
"""

from __future__ import annotations

from collections import OrderedDict

from mentorbooking.domain.kernel.aggregate import AggregateRoot


class HotStates:
    """A bounded map from stream to state; the least recently used goes first."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
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
        if known is not None and known.version > state.version:
            return
        self._states[stream] = state
        self._states.move_to_end(stream)
        if len(self._states) > self._capacity:
            self._states.popitem(last=False)

    def drop(self, stream: str) -> None:
        self._states.pop(stream, None)

    def clear(self) -> None:
        self._states.clear()
