"""The past that is asked for: a place in the log, or the position that an instant means."""

from __future__ import annotations

from datetime import UTC, datetime

from mentorbooking.application.instants import read_instant
from mentorbooking.application.ports.event_log import EventLog
from mentorbooking.application.positions import InvalidPosition, LogPlace, position_of
from mentorbooking.domain.kernel.unacceptable import Unacceptable


def read_as_of(text: str, lanes: int) -> LogPlace | datetime:
    """Read a place in a log of so many lanes, or an instant in UTC. Raises ``Unacceptable``."""
    try:
        return position_of(text, lanes)
    except InvalidPosition:
        pass
    try:
        return read_instant(text).astimezone(UTC)
    except OverflowError:
        pass
    except Unacceptable as refusal:
        if refusal.code == "offset-required":
            raise
    raise Unacceptable("invalid-value", "An instant with offset, or lane:position.")


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
