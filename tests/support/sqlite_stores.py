"""A store on the SQLite log that tells what it read, as one process of several has it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import Random
from typing import Any

from mentorbooking.adapters.event_store.sqlite.aggregate_store import SQLiteAggregateStore
from mentorbooking.adapters.ids import MonotonicIds
from mentorbooking.adapters.persistence.requests import StreamEvent
from mentorbooking.adapters.persistence.sqlite_log.log import SQLiteLog
from mentorbooking.domain.mentor.mentor import Mentor
from mentorbooking.domain.mentor.profile import MentorProfile
from tests.support.fixed import MENTOR, NOW, USER
from tests.support.moving_clock import MovingClock

NEVER = float("inf")
"""How often a store looks for what others wrote that does not look by itself."""


class CountingLog(SQLiteLog):
    """Notes which streams were read, and behind which version."""

    def __init__(self, path: Path, busy_timeout: float) -> None:
        self.read: list[tuple[str, int]] = []
        super().__init__(path, busy_timeout=busy_timeout)

    def replay(self, stream: str, after_version: int = 0) -> list[StreamEvent]:
        self.read.append((stream, after_version))
        return super().replay(stream, after_version)


class Store(SQLiteAggregateStore):
    """A store with a log of its own, as one process has them."""

    def __init__(self, path: Path, *, busy_timeout: float = 5.0, **wishes: Any) -> None:
        self.log = CountingLog(path, busy_timeout)
        clock = MovingClock()
        super().__init__(self.log, clock, MonotonicIds(clock, Random(1).getrandbits), **wishes)

    async def mentor(self) -> Mentor:
        return await self.find(Mentor, MENTOR)

    async def turn(self, times: int = 1) -> None:
        """Pause the mentor, or let them come back: one event each."""
        for _ in range(times):
            mentor = await self.mentor()
            turned = mentor.pause(now=NOW) if mentor.is_active else mentor.activate(now=NOW)
            await self.save(turned)


Start = Callable[..., Store]


@contextmanager
def starting(path: Path) -> Iterator[Start]:
    """Start stores on one log, and close them in the end."""
    with ExitStack() as stack:

        def begin(**wishes: Any) -> Store:
            store = Store(path, **wishes)
            stack.callback(store.log.close)
            return store

        yield begin


async def with_a_mentor(store: Store) -> Store:
    profile = MentorProfile(name="Grace Hopper", email="grace@example.org")
    await store.save(Mentor.register(MENTOR, profile=profile, user_id=USER, now=NOW))
    return store
