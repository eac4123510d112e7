"""Chance taken out of the service, so that two runs of one history make the very same."""

from __future__ import annotations

import os
import secrets
from collections import Counter
from collections.abc import Callable

import pytest

from mentorbooking.application.ports.clock import Clock
from mentorbooking.application.ports.ids import Ids
from mentorbooking.domain.kernel.ids import milliseconds_of, type_id, uuid7_in
from mentorbooking.entrypoints import composition
from mentorbooking.entrypoints.aws import ground

_STEP = 1 << 20
"""Room for what others write into the last bits."""


class CountedIds(Ids):
    """Ids of one prefix count from 1."""

    def __init__(self, clock: Clock, randbits: Callable[[int], int]) -> None:
        self._clock = clock
        self._made: Counter[str] = Counter()

    def new(self, prefix: str) -> str:
        self._made[prefix] += 1
        uuid = uuid7_in(milliseconds_of(self._clock.now()), self._made[prefix] * _STEP)
        return type_id(prefix, uuid)


class NoRandomness:
    """In the place of random bits: all are 1."""

    def bytes(self, count: int) -> bytes:
        return b"\xff" * count

    def randbits(self, count: int) -> int:
        return (1 << count) - 1

    def hex(self) -> str:
        return self.bytes(12).hex()


def leave_nothing_to_chance(patch: pytest.MonkeyPatch) -> None:
    """Count ids, and use one salt, one key of addresses and one id of requests for all.

    What tells transactions and processes apart is nowhere kept, and stays random.
    """
    for module in (composition, ground):
        patch.setattr(module, "MonotonicIds", CountedIds)
        patch.setattr(module, "BufferedRandomness", NoRandomness)
    patch.setattr(secrets, "token_hex", lambda count: os.urandom(count).hex())
    patch.setattr(secrets, "token_bytes", lambda count: b"\xff" * count)
