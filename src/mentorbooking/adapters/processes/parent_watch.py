"""How a helper process learns that its parent is gone: its standard input ends.

The kernel closes the parent's end of the pipe whichever way the parent ends, ``kill -9``
included. A thread waits for that, so that it is noticed even while the event loop is busy, and
ends the process by force if it has not ended by itself in time.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
from contextlib import suppress
from datetime import timedelta


def stop_with_parent(
    stop: asyncio.Event, *, grace: timedelta = timedelta(seconds=5), pipe: int = 0
) -> None:
    """Have ``stop`` set when the pipe ends. To be called on the running event loop."""
    loop = asyncio.get_running_loop()

    def watch() -> None:
        while os.read(pipe, 1024):
            pass  # whatever is said is no sign to end
        with suppress(RuntimeError):  # the loop is closed: the process is about to end
            loop.call_soon_threadsafe(stop.set)
        time.sleep(grace.total_seconds())
        os._exit(1)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()
