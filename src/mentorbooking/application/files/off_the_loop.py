"""Work in steps, each of which runs in a thread, so that the event loop stays free."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator
from functools import partial
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


async def one_step_off_the_loop(step: Callable[[], T]) -> T:
    """Wait for the step even when cancelled: its thread uses what the canceller would close."""
    running = asyncio.ensure_future(asyncio.to_thread(step))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait({running})
        raise


async def off_the_loop(steps: Iterator[T]) -> AsyncGenerator[T, None]:
    """Yield what the steps yield. Cancelling takes hold between two of them, never within."""
    while item := await one_step_off_the_loop(partial(_next, steps)):
        yield item[0]


def _next(steps: Iterator[T]) -> tuple[T, ...]:
    return tuple(islice(steps, 1))
