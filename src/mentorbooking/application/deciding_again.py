"""When someone else was faster: load again, decide again, save again.

Commands that are known to meet at one stream also queue there, so that only the first of
those waiting decides; the others would do so in vain. The queue saves work; what keeps
promises is the store's check of versions.
"""

from __future__ import annotations

from asyncio import Lock
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from typing import Any, TypeVar
from weakref import WeakValueDictionary

from mentorbooking.application.ports.aggregate_store import ConcurrentChange

C = TypeVar("C")
R = TypeVar("R")

ATTEMPTS = 50


def deciding_again(
    handle: Callable[[C], Awaitable[R]], *, meeting_at: Callable[[C], str] | None = None
) -> Callable[[C], Awaitable[R]]:
    """Repeat a handler while its append loses a race; ``meeting_at`` names where to queue."""
    queues: WeakValueDictionary[str, Lock] = WeakValueDictionary()

    def turn(command: C) -> Any:
        if meeting_at is None:
            return nullcontext()
        key = meeting_at(command)
        queue = queues.get(key)
        if queue is None:
            queue = queues[key] = Lock()
        return queue

    async def handle_with_patience(command: C) -> R:
        async with turn(command):
            for _ in range(ATTEMPTS - 1):
                try:
                    return await handle(command)
                except ConcurrentChange:
                    continue
            return await handle(command)

    return handle_with_patience
