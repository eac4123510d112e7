"""What runs beside something else, for as long as that does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeAlias

Loop: TypeAlias = Callable[[asyncio.Event], Awaitable[None]]
"""Works until the event is set."""


@asynccontextmanager
async def running_beside(*loops: Loop) -> AsyncIterator[None]:
    """Run loops beside the body; one that fails brings the body down with it."""
    stop = asyncio.Event()

    async def run(loop: Loop) -> None:
        await loop(stop)

    async with asyncio.TaskGroup() as tasks:
        for loop in loops:
            tasks.create_task(run(loop))
        try:
            yield
        finally:
            stop.set()
