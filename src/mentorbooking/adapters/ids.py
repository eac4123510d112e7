"""Fresh TypeIDs that sort in the order in which this process made them.

RFC 9562, section 6.2, method 2: within a millisecond the random part is a counter that begins
and grows at random. It counts in steps of 2**20 and leaves the last 20 bits to chance, so that
ids stay distinct and sorted when something else is written there, as in the ids of slots. A
clock that is put back, and a counter that is full, go on in the newest millisecond or the next.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

from mentorbooking.application.ports.clock import Clock
from mentorbooking.application.ports.ids import Ids
from mentorbooking.domain.kernel.ids import milliseconds_of, type_id, uuid7_in

_RANDOM_BITS = 74
_TAIL_BITS = 20
_STEP_BITS = 32
_FIRST_BITS = 53
"""One fewer than the counter has: it begins in its lower half, with room for two million steps."""
_FULL = 1 << (_RANDOM_BITS - _TAIL_BITS)


class MonotonicIds(Ids):
    """``randbits(n)`` returns n random bits, as ``secrets.randbits`` does. Safe in threads."""

    def __init__(self, clock: Clock, randbits: Callable[[int], int]) -> None:
        self._clock = clock
        self._randbits = randbits
        self._lock = Lock()
        self._millisecond = -1
        self._counter = 0

    def new(self, prefix: str) -> str:
        present = milliseconds_of(self._clock.now())
        random = self._randbits(_RANDOM_BITS)
        tail = random & ((1 << _TAIL_BITS) - 1)
        with self._lock:
            self._advance(present, random >> _TAIL_BITS)
            bits = self._counter << _TAIL_BITS | tail
            uuid = uuid7_in(self._millisecond, bits)
        return type_id(prefix, uuid)

    def _advance(self, present: int, random: int) -> None:
        counter = self._counter + 1 + (random & ((1 << _STEP_BITS) - 1))
        if present <= self._millisecond and counter < _FULL:
            self._counter = counter
            return
        self._millisecond = max(present, self._millisecond + 1)
        self._counter = random & ((1 << _FIRST_BITS) - 1)
