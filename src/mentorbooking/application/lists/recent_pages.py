"""Pages of public lists that were just made, to be told again while nothing has changed.

A page is good as long as its read models stand where they stood, and for a second at most, since
what is free also depends on the time.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from datetime import datetime, timedelta
from typing import Final, NamedTuple

GOOD_FOR: Final = timedelta(seconds=1)
MOST_PAGES: Final = 1_000


class _Recent(NamedTuple):
    positions: tuple[int, ...]
    until: datetime
    body: bytes


class RecentPages:
    """The pages that were told last, by what was asked."""

    def __init__(self) -> None:
        self._pages: OrderedDict[Hashable, _Recent] = OrderedDict()

    def get(self, asked: Hashable, positions: tuple[int, ...], now: datetime) -> bytes | None:
        """Return the page if it would be made the same way again."""
        found = self._pages.get(asked)
        if found is None or found.positions != positions:
            return None
        return found.body if found.until - GOOD_FOR <= now < found.until else None

    def put(self, asked: Hashable, positions: tuple[int, ...], now: datetime, body: bytes) -> None:
        """Keep a page that was made while the read models stood at ``positions``."""
        self._pages[asked] = _Recent(positions, now + GOOD_FOR, body)
        self._pages.move_to_end(asked)
        if len(self._pages) > MOST_PAGES:
            self._pages.popitem(last=False)
