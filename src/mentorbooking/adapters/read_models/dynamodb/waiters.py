"""Coroutines of one event loop that wait until read models have come far enough."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from contextlib import suppress

from mentorbooking.application.positions import LogPlace


class Waiters:
    """``reached`` tells whether read models have come as far as asked; None: they never will."""

    def __init__(self, reached: Callable[[Collection[str], LogPlace], bool | None]) -> None:
        self._reached = reached
        self._waiting: dict[asyncio.Future[bool], tuple[Collection[str], LogPlace]] = {}

    def __bool__(self) -> bool:
        """Tell whether anybody waits."""
        return bool(self._waiting)

    async def wait(self, names: Collection[str], place: LogPlace, within: float) -> bool:
        """Return whether they have come as far in time (``within`` seconds)."""
        woken: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting[woken] = names, place
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(within):
                    return await woken
            return False
        finally:
            del self._waiting[woken]

    def look(self) -> None:
        """Let all see whether they need wait no longer."""
        for woken, (names, place) in list(self._waiting.items()):
            reached = self._reached(names, place)
            if reached is not False and not woken.done():
                woken.set_result(bool(reached))
