"""Which time zones there are: the names of the IANA database, and nothing else beside them."""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache, lru_cache
from zoneinfo import available_timezones

from mentorbooking.domain.kernel.unacceptable import Unacceptable

_NO_PLACES = frozenset({"Factory", "localtime", "posixrules"})
"""Entries that mean "not set" or "as this machine": not the zone of a person."""

_LONGEST_NAME = 64


@cache
def time_zone_names() -> frozenset[str]:
    """Return every IANA name; read from the disk once."""
    return frozenset(
        name
        for name in available_timezones()
        if name not in _NO_PLACES and not name.startswith(("posix/", "right/"))
    )


def is_time_zone(name: str) -> bool:
    """Tell whether ``name`` is an IANA time zone, spelled as the database spells it."""
    return name in time_zone_names()


def check_time_zone(name: str) -> str:
    """Return the name, or raise ``Unacceptable`` with ``unknown-time-zone``."""
    if is_time_zone(name):
        return name
    similar = similar_time_zones(name) if len(name) <= _LONGEST_NAME else ()
    hint = f" Did you mean {' or '.join(similar)}?" if similar else ""
    raise Unacceptable("unknown-time-zone", f"An IANA name such as Europe/Vienna.{hint}")


@lru_cache(maxsize=512)
def similar_time_zones(name: str) -> tuple[str, ...]:
    """Return at most three names that ``name`` may have meant, the likeliest first.

    The case, blanks instead of underscores, and a missing continent are forgiven first.
    """
    folded = _fold(name)
    by_folded_name, by_folded_city = _indexes()
    if folded in by_folded_name:
        return (by_folded_name[folded],)
    if folded in by_folded_city:
        return (by_folded_city[folded],)
    close = get_close_matches(folded, by_folded_name, n=3, cutoff=0.75)
    return tuple(by_folded_name[match] for match in close)


@cache
def _indexes() -> tuple[dict[str, str], dict[str, str]]:
    names = sorted(time_zone_names(), reverse=True)
    cities = {_fold(name.rpartition("/")[2]): name for name in names if "/" in name}
    return {_fold(name): name for name in names}, cities


def _fold(name: str) -> str:
    return name.casefold().replace(" ", "_")
