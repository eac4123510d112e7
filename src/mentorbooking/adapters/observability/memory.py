"""How the process treats its memory while it serves."""

from __future__ import annotations

import ctypes
import gc
from contextlib import suppress
from typing import Final

_ARENA_MAX: Final = -8
_MMAP_THRESHOLD: Final = -3


def give_large_blocks_back(*, larger_than: int = 1 << 20) -> None:
    """Have blocks above so many bytes returned to the system; without glibc, do nothing.

    Hashing a password takes 19 MiB for some milliseconds. glibc would learn from the first one to
    keep such blocks in the heap of the thread that asked, and the process would stay that much
    larger for ever (mallopt(3), M_MMAP_THRESHOLD and M_ARENA_MAX).
    """
    with suppress(AttributeError, OSError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_MMAP_THRESHOLD, larger_than)
        mallopt(_ARENA_MAX, 2)


def look_for_cycles_rarely(*, allocations: int = 20_000) -> None:
    """Leave all that is there now out of the search for cycles, and search rarely.

    Nearly everything is freed by counting references. Every search that goes through all that
    is kept, the states of calendars above all, stops every thread for tens of milliseconds.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(allocations, 20, 50)
