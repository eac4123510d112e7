"""How long tests wait for what has to come, and how: they look until it is there.

Where all is well nobody waits so long, however busy the machine is, and what is waited for may be
the work of a process that has the lowest priority. So patience costs nothing, and a test that has
lost it has found a fault.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

PATIENCE: Final = 180.0
"""Seconds to wait for what has to come, before a test fails."""

SOON: Final = 15.0
"""Seconds that are enough on any machine for what needs no waiting at all."""


async def until(condition: Callable[[], bool | Awaitable[bool]]) -> None:
    """Look until a condition is met."""
    async with asyncio.timeout(PATIENCE):
        while True:
            met = condition()
            if met if isinstance(met, bool) else await met:
                return
            await asyncio.sleep(0.01)
