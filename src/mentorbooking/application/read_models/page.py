"""A page of a list: rows that are JSON already, and where the next page begins.

Rows are stored as they are answered, so that a list is joined and not encoded again.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import msgspec

Keys: TypeAlias = tuple[str | int | float, ...]
"""The values that a list is sorted by, ending in an id: where a row stands. Made and read by
the view alone, for one sort of one list; to everybody else they are opaque."""


class Page(NamedTuple):
    """``next_keys`` is what to ask the next page with; None: this is the last one."""

    rows: list[msgspec.Raw]
    next_keys: Keys | None
