"""Trying again what somebody else was quicker at, a little later each time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from mentorbooking.application.ports.unavailable import StoreUnavailable

T = TypeVar("T")

_PAUSES: Final = (0.01, 0.03, 0.1, 0.3)
"""Seconds; a transaction that is in the way takes some hundredths of one."""


async def unless_overtaken(attempt: Callable[[], Awaitable[T | None]]) -> T:
    """Return what an attempt comes to; None tells that it was overtaken and is to begin anew.

    ``StoreUnavailable`` when that happens again and again.
    """
    for pause in _PAUSES:
        if (result := await attempt()) is not None:
            return result
        await asyncio.sleep(pause)
    if (result := await attempt()) is not None:
        return result
    raise StoreUnavailable("others keep writing to the same items")
