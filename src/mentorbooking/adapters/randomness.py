"""Random bits in small portions, fetched from the operating system in large ones.

A system call for every id costs more than the id. For ids only: secrets are asked of the system
one by one.
"""

from __future__ import annotations

import os
from threading import Lock

_FETCH = 4096


class BufferedRandomness:
    """Safe in threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._bytes = b""
        self._used = 0

    def bytes(self, count: int) -> bytes:
        """Return so many random bytes, each given once."""
        with self._lock:
            if self._used + count > len(self._bytes):
                self._bytes = os.urandom(max(_FETCH, count))
                self._used = 0
            start = self._used
            self._used += count
            return self._bytes[start : self._used]

    def randbits(self, count: int) -> int:
        """Return a number of so many random bits."""
        size = (count + 7) // 8
        return int.from_bytes(self.bytes(size)) >> (size * 8 - count)

    def hex(self) -> str:
        """Return 96 random bits in hexadecimal."""
        return self.bytes(12).hex()
