"""What all lists do: wait until they hold what the caller knows of, and go on at a cursor.

Without a place that the caller names, a list waits for all that this process has acknowledged to
anyone, so that nobody misses what they were just told.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import Final, NamedTuple

import msgspec

from mentorbooking.application.ports.cursors import Cursors, InvalidCursor
from mentorbooking.application.positions import LogPlace
from mentorbooking.application.read_models.page import Keys, Page
from mentorbooking.application.read_models.progress import (
    LONGEST_WAIT_SECONDS,
    ProjectionBehind,
    ReadModelsProgress,
)


class Listed(NamedTuple):
    """``rows`` is a JSON array of answers; ``next_cursor`` is None on the last page."""

    rows: msgspec.Raw
    next_cursor: str | None


NOTHING: Final = Listed(msgspec.Raw(b"[]"), None)


@dataclass(frozen=True, slots=True)
class ListReading:
    """``acknowledged`` tells the newest place that this process has told anybody of."""

    progress: ReadModelsProgress
    acknowledged: Callable[[], LogPlace]
    cursors: Cursors

    async def wait_for(self, names: Collection[str], at_least: LogPlace | None) -> None:
        """Wait until read models have come to a place. Raises ``ProjectionBehind``."""
        place = self.acknowledged() if at_least is None else at_least
        if not await self.progress.wait_for(names, place, LONGEST_WAIT_SECONDS):
            raise ProjectionBehind("The list has not come that far yet; try again.", retry_after=1)

    async def page(
        self, listing: str, cursor: str | None, read: Callable[[Keys | None], Awaitable[Page]]
    ) -> Listed:
        """Read the page that begins at a cursor of this listing. Raises ``InvalidCursor``."""
        after = None
        if cursor is not None:
            keys = self.cursors.decode(listing, cursor)
            after = tuple(key for key in keys if key is not None)
        try:
            found = await read(after)
        except ValueError:
            raise InvalidCursor("The cursor does not belong to this list.") from None
        rows = msgspec.Raw(b"[%b]" % b",".join(found.rows))
        if found.next_keys is None:
            return Listed(rows, None)
        return Listed(rows, self.cursors.encode(listing, found.next_keys))
