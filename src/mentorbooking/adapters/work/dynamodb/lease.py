"""Only one of several processes does a piece of work: whoever holds its lease.

The lease ends by the clock, so that another process goes on when the holder is killed. Clocks
that differ make the holder change sooner or later than meant; what is written is guarded by
itself, so nothing but cost depends on it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog

from mentorbooking.adapters.instants import microseconds
from mentorbooking.adapters.work.dynamodb.table import WorkTable
from mentorbooking.adapters.work.dynamodb.values import Key, value
from mentorbooking.adapters.work.dynamodb.writes import NEW, delete, put
from mentorbooking.application.ports.clock import Clock
from mentorbooking.application.ports.unavailable import StoreUnavailable
from mentorbooking.application.trying_again.waiting import wait_for_any

LIFETIME: Final = timedelta(seconds=15)
RENEWED_EVERY: Final = timedelta(seconds=5)
ASKED_EVERY: Final = timedelta(seconds=1)

_log = structlog.get_logger(__name__)

Work = Callable[[asyncio.Event], Awaitable[None]]
"""Works until the event is set."""


@dataclass(frozen=True, slots=True)
class Lease:
    """``owner`` is a name that no other process has."""

    table: WorkTable
    name: str
    owner: str
    clock: Clock
    lifetime: timedelta = LIFETIME

    async def take(self) -> bool:
        """Take or renew it; False if somebody else holds it."""
        now = self.clock.now()
        item = {
            **self._key.attributes,
            "owner": value(self.owner),
            "until": value(microseconds(now + self.lifetime)),
        }
        condition = f"{NEW} OR #owner = :me OR #until <= :now"
        return await self.table.write(put(item, condition, me=self.owner, now=microseconds(now)))

    async def give_back(self) -> None:
        """Let others take it at once, if it is held."""
        await self.table.write(delete(self._key, "#owner = :me", me=self.owner))

    @property
    def _key(self) -> Key:
        return Key(f"lease#{self.name}")


async def while_held(lease: Lease, work: Work, stop: asyncio.Event) -> None:
    """Work whenever the lease can be had, until ``stop`` is set."""
    while not stop.is_set():
        if await _has(lease):
            await _work_until_lost(lease, work, stop)
        else:
            await wait_for_any(stop, at_most=ASKED_EVERY)


async def _work_until_lost(lease: Lease, work: Work, stop: asyncio.Event) -> None:
    enough = asyncio.Event()

    async def renew() -> None:
        while not stop.is_set() and await _has(lease):
            await wait_for_any(stop, enough, at_most=RENEWED_EVERY)
            if enough.is_set():
                return
        enough.set()

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(renew())
        try:
            await work(enough)
        finally:
            enough.set()
    try:
        await lease.give_back()
    except StoreUnavailable:
        return  # it ends by itself


async def _has(lease: Lease) -> bool:
    try:
        return await lease.take()
    except StoreUnavailable as error:
        _log.warning("lease_not_renewed", work=lease.name, error=str(error))
        return False
