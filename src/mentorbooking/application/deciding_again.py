"""When someone else was faster: load again, decide again, save again.

Who has lost a race queues where it was lost, so that of many who want the same thing only the
first in the queue decides; the others would do so in vain. Commands that are known to meet at
one place queue there from the start. Queues save work; what keeps promises is the store's check
of versions. While the store is away nobody waits for their turn to find that out too.
"""

from __future__ import annotations

from asyncio import Lock
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import TypeVar
from weakref import WeakValueDictionary

from mentorbooking.application.ports.aggregate_store import ConcurrentChange
from mentorbooking.application.ports.unavailable import StoreUnavailable

C = TypeVar("C")
R = TypeVar("R")

ATTEMPTS = 50


def deciding_again(
    handle: Callable[[C], Awaitable[R]], *, meeting_at: Callable[[C], str] | None = None
) -> Callable[[C], Awaitable[R]]:
    """Repeat a handler while its append loses a race; ``meeting_at`` names where to queue."""
    meetings, races = _Queues(), _Queues()

    async def handle_with_patience(command: C) -> R:
        lost_at: str | None = None
        async with meetings.turn(meeting_at(command) if meeting_at else None):
            for _ in range(ATTEMPTS - 1):
                try:
                    async with races.turn(lost_at):
                        return await handle(command)
                except ConcurrentChange as conflict:
                    lost_at = conflict.stream
            return await handle(command)

    return handle_with_patience


class _Queue:
    """``absences`` counts how often somebody whose turn it was found the store away."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.absences = 0


class _Queues:
    """A queue for each place at which somebody waits."""

    def __init__(self) -> None:
        self._queues: WeakValueDictionary[str, _Queue] = WeakValueDictionary()

    def turn(self, place: str | None) -> AbstractAsyncContextManager[object]:
        """Wait to be the only one at a place, but not if it is None.

        Raises ``StoreUnavailable`` as soon as anybody ahead has found the store to be away.
        """
        if place is None:
            return nullcontext()
        queue = self._queues.get(place)
        if queue is None:
            queue = self._queues[place] = _Queue()
        return _turn_in(queue)


@asynccontextmanager
async def _turn_in(queue: _Queue) -> AsyncIterator[None]:
    absences = queue.absences
    async with queue.lock:
        if queue.absences > absences:
            raise StoreUnavailable("the store was away for those ahead")
        try:
            yield
        except StoreUnavailable:
            queue.absences += 1
            raise
