"""The past that is asked for: a position of the log, or the one that an instant means."""

from __future__ import annotations

from datetime import datetime

from mentorbooking.application.instants import instant_of
from mentorbooking.application.ports.event_log import EventLog
from mentorbooking.application.positions import InvalidPosition, position_of
from mentorbooking.domain.kernel.unacceptable import Unacceptable


def read_as_of(text: str) -> int | datetime:
    """Read a position, or an instant in UTC. Raises ``Unacceptable``."""
    try:
        return position_of(text)
    except InvalidPosition:
        instant = instant_of(text)
    if instant is not None:
        return instant
    if instant_of(f"{text}Z") is not None:
        raise Unacceptable("offset-required", "The offset from UTC is missing: Z, or +02:00.")
    raise Unacceptable("invalid-value", "An instant with offset, or lane:position.")


async def position_as_of(log: EventLog, at: datetime) -> int:
    """Return the last position recorded at that instant or before; 0 if there is none.

    Found by halving. Where the clocks of several writers differed, it is a position that was
    recorded in time while the next one was not.
    """
    known, beyond = 0, await log.head() + 1
    while beyond - known > 1:
        middle = (known + beyond) // 2
        (recorded,) = await log.read(middle - 1, 1)
        if recorded.recorded_at <= at:
            known = middle
        else:
            beyond = middle
    return known
