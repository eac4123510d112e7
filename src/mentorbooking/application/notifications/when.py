"""Instants in the words of people who live in a time zone, English, on a clock of 24 hours.

Each wording names the zone and its offset from UTC. The clocks may change during a session,
so start and end each have their own offset. Names of days and months are our own: those of
``strftime`` follow the machine's language.
"""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def interval(start: datetime, end: datetime, time_zone: str) -> str:
    """Spell out when something is: the times on one line, the zone on the next."""
    zone = _zone(time_zone)
    first, last = start.astimezone(zone), end.astimezone(zone)
    same_offset = first.utcoffset() == last.utcoffset()
    begin = f"{_date(first)}, {_time(first)}"
    finish = _time(last) if first.date() == last.date() else f"{_date(last)}, {_time(last)}"
    if same_offset:
        return f"{begin} to {finish}\n{zone} ({_offset_names(first)})"
    return (
        f"{begin} ({_offset_names(first)}) to {finish} ({_offset_names(last)})\n"
        f"{zone}; the clocks change meanwhile"
    )


def instant(at: datetime, time_zone: str) -> str:
    """Spell out one instant on one line."""
    zone = _zone(time_zone)
    local = at.astimezone(zone)
    return f"{_date(local)}, {_time(local)}, {zone} ({_offset_names(local)})"


def in_brief(at: datetime, time_zone: str) -> str:
    """Write one instant for a subject line."""
    local = at.astimezone(_zone(time_zone))
    day, month = _DAYS[local.weekday()][:3], _MONTHS[local.month - 1][:3]
    return f"{day} {local.day} {month} {local.year}, {_time(local)} ({_offset(local)})"


def _zone(name: str) -> tzinfo:
    """Find a zone; UTC, by its own name, for one that this machine's tables lack."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return UTC


def _date(local: datetime) -> str:
    day, month = _DAYS[local.weekday()], _MONTHS[local.month - 1]
    return f"{day}, {local.day} {month} {local.year}"


def _time(local: datetime) -> str:
    return local.strftime("%H:%M:%S" if local.second else "%H:%M")


def _offset(local: datetime) -> str:
    sign_and_digits = local.strftime("%z")
    return f"UTC{sign_and_digits[:3]}:{sign_and_digits[3:5]}"


def _offset_names(local: datetime) -> str:
    abbreviation = local.tzname()
    if not abbreviation or abbreviation == "UTC" or abbreviation[0] in "+-":
        return _offset(local)
    return f"{abbreviation}, {_offset(local)}"
