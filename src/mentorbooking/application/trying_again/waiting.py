"""Waiting for whatever comes first."""

from __future__ import annotations

import asyncio
from datetime import timedelta


async def wait_for_any(*events: asyncio.Event, at_most: timedelta) -> None:
    """Return when one of the events is set, or after a while."""
    waits = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(
            waits, timeout=at_most.total_seconds(), return_when=asyncio.FIRST_COMPLETED
        )
    finally:
        for wait in waits:
            wait.cancel()
