"""Many who need the same thing at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any


class Shared:
    """Callers share a run that begins after they came: it sees whatever they must not miss.

    So at most one run is under way, and one more is waiting for it.
    """

    def __init__(self, run: Callable[[], Awaitable[Any]]) -> None:
        self._run = run
        self._next: asyncio.Task[None] | None = None
        self._under_way: asyncio.Task[None] | None = None

    async def __call__(self) -> None:
        if self._next is None:
            self._next = asyncio.create_task(self._in_turn(self._under_way))
        await asyncio.shield(self._next)

    async def _in_turn(self, before: asyncio.Task[None] | None) -> None:
        if before is not None and not before.done():
            await asyncio.wait([before])
        self._under_way, self._next = self._next, None
        await self._run()
