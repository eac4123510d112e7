"""When someone else was faster: load again, decide again, save again.

Who has lost a race queues where it was lost, so that of many who want the same thing only the
first in the queue decides; the others would do so in vain. Commands that are known to meet at
one place queue there from the start. Queues save work; what keeps promises is the store's check
of versions.
"""

from __future__ import annotations

from asyncio import Lock
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import TypeVar
from weakref import WeakValueDictionary

from mentorbooking.application.ports.aggregate_store import ConcurrentChange

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


class _Queues:
    """A queue for each place at which somebody waits."""

    def __init__(self) -> None:
        self._queues: WeakValueDictionary[str, Lock] = WeakValueDictionary()

    def turn(self, place: str | None) -> AbstractAsyncContextManager[object]:
        """Wait to be the only one at a place, but not if it is None."""
        if place is None:
            return nullcontext()
        queue = self._queues.get(place)
        if queue is None:
            queue = self._queues[place] = Lock()
        return queue
