"""Coroutines that wait until read models have come far enough, woken by the projector's thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from contextlib import suppress
from threading import Lock
from typing import TypeAlias

_Wanted: TypeAlias = tuple[Collection[str], int]


class Waiters:
    """``reached`` tells whether read models have come as far as asked; None: they never will."""

    def __init__(self, reached: Callable[[Collection[str], int], bool | None]) -> None:
        self._reached = reached
        self._lock = Lock()
        self._waiting: dict[asyncio.AbstractEventLoop, dict[asyncio.Future[bool], _Wanted]] = {}

    async def wait(
        self, names: Collection[str], position: int, within: float, hurry: Callable[[], None]
    ) -> bool:
        """Return whether they have come as far in time (``within`` seconds)."""
        loop = asyncio.get_running_loop()
        woken: asyncio.Future[bool] = loop.create_future()
        with self._lock:
            self._waiting.setdefault(loop, {})[woken] = (names, position)
        try:
            # What was projected before this one was entered has woken nobody.
            reached = self._reached(names, position)
            if reached is not None and not reached:
                hurry()
                with suppress(TimeoutError):
                    async with asyncio.timeout(within):
                        reached = await woken
            return bool(reached)
        finally:
            self._forget(loop, woken)

    def _forget(self, loop: asyncio.AbstractEventLoop, woken: asyncio.Future[bool]) -> None:
        with self._lock:
            del self._waiting[loop][woken]
            if not self._waiting[loop]:
                del self._waiting[loop]

    def wake(self) -> None:
        """Let all see whether they need wait no longer. One call per loop, from any thread."""
        if not self._waiting:
            return
        with self._lock:
            loops = list(self._waiting)
        for loop in loops:
            with suppress(RuntimeError):  # the loop has been closed meanwhile
                loop.call_soon_threadsafe(self._look, loop)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        with self._lock:
            waiting = list(self._waiting.get(loop, {}).items())
        for woken, (names, position) in waiting:
            reached = self._reached(names, position)
            if (reached is None or reached) and not woken.done():
                woken.set_result(bool(reached))
