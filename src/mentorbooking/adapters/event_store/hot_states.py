"""Committed states of the aggregates that were used last, so that a command needn't replay.

A state is a value: it is replaced by the one that follows and never edited. What is in here
may be behind the log when another process writes; then the append's version check refuses,
and the entry is dropped.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Final

from mentorbooking.domain.kernel.aggregate import AggregateRoot

_SAMPLE: Final = 5


class HotStates:
    """A bounded map from stream to state. Without room, one goes that was not used lately:
    of five that chance takes, the one that was least.

    Not of all of them: calendars are often gone through in turn, and then the least recently used
    is the next that is needed; a few too many would do for all. Redis chooses in this way
    (https://redis.io/docs/latest/develop/reference/eviction/).

    ``capacity`` counts ``AggregateRoot.extent``: a page with 300 slots costs as much as 300
    small states.
    """

    def __init__(self, capacity: int, *, chance: Callable[[], float] = random.random) -> None:
        self._capacity = capacity
        self._chance = chance
        self._extent = 0
        self._clock = 0
        self._states: dict[str, AggregateRoot] = {}
        self._used: dict[str, int] = {}
        self._streams: list[str] = []
        self._places: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._states)

    def get(self, stream: str) -> AggregateRoot | None:
        state = self._states.get(stream)
        if state is not None:
            self._use(stream)
        return state

    def put(self, stream: str, state: AggregateRoot) -> None:
        """Keep a state, unless a newer one is here already, or it is too large by itself."""
        known = self._states.get(stream)
        if known is not None and known.version > state.version:
            return
        if state.extent > self._capacity:
            self.drop(stream)
            return
        if known is None:
            self._places[stream] = len(self._streams)
            self._streams.append(stream)
        else:
            self._extent -= known.extent
        self._states[stream] = state
        self._extent += state.extent
        self._use(stream)
        while self._extent > self._capacity:
            self.drop(min(self._some(), key=self._used.__getitem__))

    def _use(self, stream: str) -> None:
        self._clock += 1
        self._used[stream] = self._clock

    def _some(self) -> Sequence[str]:
        streams = self._streams
        if len(streams) <= _SAMPLE:
            return streams
        return [streams[int(self._chance() * len(streams))] for _ in range(_SAMPLE)]

    def drop(self, stream: str) -> None:
        state = self._states.pop(stream, None)
        if state is None:
            return
        self._extent -= state.extent
        del self._used[stream]
        place, last = self._places.pop(stream), self._streams.pop()
        if last != stream:
            self._streams[place] = last
            self._places[last] = place

    def clear(self) -> None:
        self._states.clear()
        self._used.clear()
        self._streams.clear()
        self._places.clear()
        self._extent = 0
