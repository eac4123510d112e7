"""Places in the log, and how they are told: ``lane:position``, comma-separated where several.

Lane 0 is the one order of all events; a position alone is one in it. Where commits are made in
lanes of their own, from lane 1 on, what was just committed has a place in its lane at once, and
one in lane 0 as soon as somebody reads on. A log of one lane is lane 0 alone.
"""

from __future__ import annotations

import re
from itertools import zip_longest
from typing import Final, TypeAlias

from mentorbooking.domain.kernel.errors import Refused

LogPlace: TypeAlias = int | tuple[int, ...]
"""How far into each lane, by its number; nothing of lanes that are not named. It covers all that
happened up to there. A number alone is short for lane 0: mostly that is all there is to say.
"""

MOST_LANES: Final = 128

_TOKEN = re.compile(r"(0|[1-9][0-9]{0,2}):(0|[1-9][0-9]{0,17})")


class InvalidPosition(Refused):
    """The text is no position of this log."""

    code = "invalid-event-position"


def place_in(lane: int, position: int) -> LogPlace:
    """Return the place of what stands at a position of a lane."""
    return (*(0,) * lane, position) if lane else position


def joined(one: LogPlace, other: LogPlace) -> LogPlace:
    """Return the least place that covers both."""
    if isinstance(one, int) and isinstance(other, int):
        return max(one, other)
    return tuple(map(max, zip_longest(_by_lane(one), _by_lane(other), fillvalue=0)))


def covers(reached: LogPlace, asked: LogPlace) -> bool:
    """Tell whether who has come to one place has come past the other in every lane."""
    if isinstance(reached, int) and isinstance(asked, int):
        return reached >= asked
    pairs = zip_longest(_by_lane(reached), _by_lane(asked), fillvalue=0)
    return all(here >= there for here, there in pairs)


def in_one_lane(place: LogPlace) -> int:
    """Return the position that a place is in a log of one lane, or raise ``InvalidPosition``."""
    if isinstance(place, int):
        return place
    raise InvalidPosition("The log has one lane, 0.")


def position_token(place: LogPlace) -> str:
    """Write a place."""
    if isinstance(place, int):
        return f"0:{place}"
    parts = (f"{lane}:{position}" for lane, position in enumerate(place) if position)
    return ",".join(parts) or "0:0"


def position_of(token: str, lanes: int = 1) -> LogPlace:
    """Read a place in a log of so many lanes, or raise ``InvalidPosition``."""
    place: LogPlace = 0
    named = set[int]()
    highest = lanes if lanes > 1 else 0
    for part in token.split(","):
        found = _TOKEN.fullmatch(part.strip(" ") if named else part)
        if not found or (lane := int(found[1])) in named or lane > highest:
            raise InvalidPosition("An event position is written lane:position, for example 0:42.")
        named.add(lane)
        place = joined(place, place_in(lane, int(found[2])))
    return place


def _by_lane(place: LogPlace) -> tuple[int, ...]:
    return (place,) if isinstance(place, int) else place
