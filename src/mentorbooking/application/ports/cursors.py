"""Cursors: how a reader of a list says where the page before ended.

A cursor holds the values that the last row was sorted by. It is good for one listing only: the
same list, sorted and filtered in the same way.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from mentorbooking.domain.kernel.errors import Refused

CursorValue = str | int | float | bool | None


class InvalidCursor(Refused):
    """Not a cursor of this listing: changed, or made for another list, sort or filter."""

    code = "invalid-cursor"


class Cursors(Protocol):
    """Promises: URL-safe text without padding; what was changed in any way is refused."""

    def encode(self, listing: str, values: Sequence[CursorValue]) -> str:
        """Write the place behind a row; ``listing`` is what ``listing_name`` returned."""

    def decode(self, listing: str, text: str) -> tuple[CursorValue, ...]:
        """Return the values as they were given, or raise ``InvalidCursor``."""


def listing_name(name: str, sort: str = "", /, **filters: object) -> str:
    """Name a list as it is sorted and filtered; the order of the filters does not matter.

    Filters may be whatever JSON can hold, instants included. How long a page is, is no part of
    it: that may change from one page to the next.
    """
    return msgspec.json.encode([name, sort, filters], order="deterministic").decode()
