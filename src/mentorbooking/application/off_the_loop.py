"""Work in steps, each of which runs in a thread, so that the event loop stays free."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


async def off_the_loop(steps: Iterator[T]) -> AsyncGenerator[T, None]:
    """Yield what the steps yield. Cancelling takes hold between two of them, never within."""
    while item := await _undisturbed(asyncio.ensure_future(asyncio.to_thread(_next, steps))):
        yield item[0]


def _next(steps: Iterator[T]) -> tuple[T, ...]:
    return tuple(islice(steps, 1))


async def _undisturbed(step: asyncio.Future[T]) -> T:
    """Wait for the step even when cancelled: its thread uses what the canceller would close."""
    try:
        return await asyncio.shield(step)
    except asyncio.CancelledError:
        await asyncio.wait({step})
        raise
