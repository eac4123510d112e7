"""How the cell of each field is read: a trimmed text that is not empty becomes a value.

The rules of the values are the domain's; here is only how they are written in a table.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from mentorbooking.application.mentor_import.numbers import decimal_number, whole_number
from mentorbooking.domain.kernel.unacceptable import Unacceptable
from mentorbooking.domain.mentor import policies
from mentorbooking.domain.mentor.events import MentorStatus
from mentorbooking.domain.scheduling.time_zones import check_time_zone

_STATUSES = {status.value: status for status in MentorStatus}
_TRUTHS = {"true": True, "yes": True, "y": True, "1": True}
_TRUTHS |= {"false": False, "no": False, "n": False, "0": False}
_LONGEST_WORD = 10
_LIST_SEPARATOR = re.compile(r"[;|]")


def truth(text: str) -> bool:
    """``true``, ``yes``, ``y``, ``1`` or ``false``, ``no``, ``n``, ``0``, in any case."""
    value = _TRUTHS.get(text[:_LONGEST_WORD].casefold())
    if value is None:
        raise Unacceptable("invalid-value", "true, yes, y, 1 or false, no, n, 0.")
    return value


def status(text: str) -> MentorStatus:
    """``active`` or ``paused``, in any case."""
    value = _STATUSES.get(text[:_LONGEST_WORD].casefold())
    if value is None:
        raise Unacceptable("invalid-value", "active or paused.")
    return value


def skills(text: str) -> tuple[str, ...]:
    """Skills separated by ``;`` or ``|``, each one once; none where only separators stand."""
    return policies.distinct_skills(policies.skill(part) for part in _parts(text))


def languages(text: str) -> tuple[str, ...]:
    """Language tags separated by ``;`` or ``|``, each one once."""
    return policies.distinct_languages(policies.language(part) for part in _parts(text))


def experience_years(text: str) -> int:
    return policies.experience_years(whole_number(text))


def max_sessions_per_day(text: str) -> int:
    return policies.max_sessions_per_day(whole_number(text))


def hourly_rate(text: str) -> int | float:
    return policies.hourly_rate(decimal_number(text, decimal_comma=False))


def hourly_rate_with_comma(text: str) -> int | float:
    """Who separates cells by something else than a comma may need it for decimals."""
    return policies.hourly_rate(decimal_number(text, decimal_comma=True))


def readers(delimiter: str) -> dict[str, Callable[[str], Any]]:
    """Return the reader of each field that one cell makes up."""
    return {
        "experience_years": experience_years,
        "bio": policies.bio,
        "hourly_rate": hourly_rate if delimiter == "," else hourly_rate_with_comma,
        "max_sessions_per_day": max_sessions_per_day,
        "premium": truth,
        "languages": languages,
        "time_zone": check_time_zone,
        "mobile_number": policies.mobile_number,
        "status": status,
        "external_id": policies.external_id,
    }


def _parts(text: str) -> list[str]:
    return [part for part in map(str.strip, _LIST_SEPARATOR.split(text)) if part]
