"""Kinds of values on the command line, read by the rules that the API reads them by."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from mentorbooking.application.positions import LogPlace


class Position(click.ParamType["LogPlace"]):
    """A place in the log: ``0:1234`` as the service tells it, or the number alone."""

    name = "position"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> LogPlace:
        if isinstance(value, int | tuple):
            return value
        position = read_position(value)
        if position is None:
            self.fail(f"{value!r} is not a position such as 0:1234 or 1234.", param, ctx)
        return position


class Instant(click.ParamType[datetime]):
    """RFC 3339 with an offset."""

    name = "instant"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        if isinstance(value, datetime):
            return value
        instant = read_instant(value)
        if instant is None:
            self.fail(
                f"{value!r} is not an instant with an offset such as 2026-12-01T09:00:00Z.",
                param,
                ctx,
            )
        return instant


class PositionOrInstant(click.ParamType["LogPlace | datetime"]):
    """A place in the log, or when it was the newest."""

    name = "instant|position"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> LogPlace | datetime:
        if isinstance(value, int | tuple | datetime):
            return value
        found = read_position(value)
        if found is not None:
            return found
        instant = read_instant(value)
        if instant is None:
            self.fail(f"{value!r} is neither an instant with an offset nor a position.", param, ctx)
        return instant


def read_position(text: str) -> LogPlace | None:
    """Return the place, whatever lanes the log has; None when it is no position."""
    from mentorbooking.application.positions import MOST_LANES, InvalidPosition, position_of

    try:
        return position_of(text if ":" in text else f"0:{text}", MOST_LANES)
    except InvalidPosition:
        return None


def read_instant(text: str) -> datetime | None:
    """Return the instant in UTC; None when it is none."""
    from mentorbooking.application.instants import instant_of

    return instant_of(text)
