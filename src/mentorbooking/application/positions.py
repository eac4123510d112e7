"""How a place in the log is told: ``lane:position``; one lane, 0, is a total order."""

from __future__ import annotations

import re

from mentorbooking.domain.kernel.errors import Refused

_TOKEN = re.compile(r"0:(0|[1-9][0-9]{0,17})")


class InvalidPosition(Refused):
    """The text is no position of this log."""

    code = "invalid-event-position"


def position_token(position: int) -> str:
    """Write a position."""
    return f"0:{position}"


def position_of(token: str) -> int:
    """Read a position, or raise ``InvalidPosition``."""
    found = _TOKEN.fullmatch(token)
    if found is None:
        raise InvalidPosition("An event position is written lane:position, for example 0:42.")
    return int(found[1])
