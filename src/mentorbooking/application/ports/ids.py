"""Where fresh ids come from."""

from __future__ import annotations

from typing import Protocol


class Ids(Protocol):
    """Promises: no id is given twice, by any process; nothing but the prefix says what it is of.

    Ids sort by creation time: strictly within a process, to the millisecond between processes.
    """

    def new(self, prefix: str) -> str:
        """Return a TypeID such as ``booking_01k…``; ``prefix`` is lower-case letters."""
