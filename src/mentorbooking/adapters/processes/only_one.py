"""A place that only one process can have at a time; the kernel frees it however that one ends."""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from mentorbooking.application.trying_again.waiting import wait_for_any


@asynccontextmanager
async def only_one(
    lock: Path, stop: asyncio.Event, *, poll: timedelta = timedelta(milliseconds=100)
) -> AsyncIterator[bool]:
    """Wait until nobody else holds the lock, and hold it; False if told to stop before that.

    So the helper of a service that was killed has ended before its successor begins.
    """
    file = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        while not (held := _try(file)) and not stop.is_set():
            await wait_for_any(stop, at_most=poll)
        yield held
    finally:
        os.close(file)


def _try(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
