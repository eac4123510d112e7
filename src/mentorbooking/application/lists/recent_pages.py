"""Pages of public lists that were just made, to be told again while nothing has changed.

A page is good as long as its read models stand where they stood, and for a second at most, since
what is free also depends on the time.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, Hashable
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from mentorbooking.application.lists.reading import Listed
from mentorbooking.application.ports.clock import Clock
from mentorbooking.application.read_models.progress import ReadModelsProgress

GOOD_FOR: Final = timedelta(seconds=1)
MOST_PAGES: Final = 1_000


class _Recent(NamedTuple):
    positions: tuple[int, ...]
    until: datetime
    page: Listed


class RecentPages:
    """The pages that were told last, by what was asked."""

    def __init__(self, progress: ReadModelsProgress, clock: Clock) -> None:
        self._progress, self._clock = progress, clock
        self._pages: OrderedDict[Hashable, _Recent] = OrderedDict()

    async def page(
        self,
        asked: Hashable,
        fed_by: Collection[str],
        make: Callable[[datetime], Awaitable[Listed]],
    ) -> Listed:
        """Return the page that was just made if it would be the same, or make it as of now."""
        now = self._clock.now()
        # Looked up before the page is made: what comes in meanwhile makes it old, never too new.
        stands = self._progress.positions()
        positions = tuple(stands[name] for name in fed_by)
        recent = self._pages.get(asked)
        if (
            recent is not None
            and recent.positions == positions
            and recent.until - GOOD_FOR <= now < recent.until
        ):
            return recent.page
        page = await make(now)
        self._pages[asked] = _Recent(positions, now + GOOD_FOR, page)
        self._pages.move_to_end(asked)
        if len(self._pages) > MOST_PAGES:
            self._pages.popitem(last=False)
        return page
