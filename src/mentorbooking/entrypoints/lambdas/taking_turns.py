"""Work that one process does at a time, where any number of functions may have been woken."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from mentorbooking.adapters.work.dynamodb.lease import Lease, while_held


class TurnMissed(Exception):
    """The lease could not be had in time: it was never given up, or the store was away."""


async def in_turn(
    lease: Lease, work: Callable[[asyncio.Event], Awaitable[None]], stop: asyncio.Event
) -> None:
    """Do the work once, as soon as the lease can be had; ``TurnMissed`` if not before ``stop``.

    Who finds the lease taken waits for it, and does not leave the work to its holder: that one
    may have looked for the last time already. ``work`` is told by its event to leave the rest.
    """
    over, begun = asyncio.Event(), False
    failures: list[Exception] = []

    async def once(enough: asyncio.Event) -> None:
        nonlocal begun
        begun = True
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
    if not begun:
        raise TurnMissed(lease.name)
