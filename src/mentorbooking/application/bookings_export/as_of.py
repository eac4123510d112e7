"""Which position an instant of the past means, or a place in the log."""

from __future__ import annotations

from datetime import datetime

from mentorbooking.application.ports.event_log import EventLog
from mentorbooking.application.positions import LogPlace


async def position_as_of(log: EventLog, at: datetime | LogPlace) -> int:
    """Return the last position recorded at that instant or before; 0 if there is none.

    Found by halving. Where the clocks of several writers differed, it is a position that was
    recorded in time while the next one was not. Of a place it is the first that covers it.
    """
    if not isinstance(at, datetime):
        return await log.position_at(at)
    known, beyond = 0, await log.head() + 1
    while beyond - known > 1:
        middle = (known + beyond) // 2
        (recorded,) = await log.read(middle - 1, 1)
        if recorded.recorded_at <= at:
            known = middle
        else:
            beyond = middle
    return known
