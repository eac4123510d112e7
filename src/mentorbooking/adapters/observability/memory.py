"""Let go of large blocks of memory once they are free.

Hashing a password takes 19 MiB for some milliseconds. glibc would learn from the first one to keep
such blocks in the heap of the thread that asked, and the process would stay that much larger for
ever (mallopt(3), M_MMAP_THRESHOLD and M_ARENA_MAX).
"""

from __future__ import annotations

import ctypes
from contextlib import suppress
from typing import Final

_ARENA_MAX: Final = -8
_MMAP_THRESHOLD: Final = -3


def give_large_blocks_back(*, larger_than: int = 1 << 20) -> None:
    """Have blocks above so many bytes returned to the system; without glibc, do nothing."""
    with suppress(AttributeError, OSError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_MMAP_THRESHOLD, larger_than)
        mallopt(_ARENA_MAX, 2)
