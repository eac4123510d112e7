"""Work that one process does at a time, where any number of functions may have been woken."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from mentorbooking.adapters.work.dynamodb_lease import Lease, while_held


async def in_turn(
    lease: Lease, work: Callable[[asyncio.Event], Awaitable[None]], stop: asyncio.Event
) -> None:
    """Do the work once, as soon as the lease can be had; not at all if that is after ``stop``.

    Who finds the lease taken waits for it, and does not leave the work to its holder: that one
    may have looked for the last time already. ``work`` is told by its event to leave the rest.
    """
    over = asyncio.Event()
    failures: list[Exception] = []

    async def once(enough: asyncio.Event) -> None:
        try:
            await work(enough)
        except Exception as failure:  # noqa: BLE001  raised again outside of the group of tasks
            failures.append(failure)
        over.set()

    async def end_with(stopped: asyncio.Event) -> None:
        await stopped.wait()
        over.set()

    ending = asyncio.create_task(end_with(stop))
    try:
        await while_held(lease, once, over)
    finally:
        ending.cancel()
    if failures:
        raise failures[0]
