"""What the fields of a mentor's profile may hold, wherever they come from.

Each rule returns the value as it is kept, or raises ``Unacceptable``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from mentorbooking.domain.kernel.text import BIO_LIMIT, NAME_LIMIT, clean_text, not_empty
from mentorbooking.domain.kernel.unacceptable import Unacceptable

EXPERIENCE_YEARS = range(81)
SESSIONS_PER_DAY = range(1, 101)
HIGHEST_HOURLY_RATE = 1_000_000
MOST_SKILLS = 50
MOST_LANGUAGES = 50
SKILL_LIMIT = 100
EXTERNAL_ID_LIMIT = 200
MOBILE_NUMBER_LIMIT = 40
MOBILE_NUMBER_DIGITS = range(5, 21)

_MOBILE_NUMBER = re.compile(r"[+0-9 ()./-]+")
_LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
_LONGEST_LANGUAGE_TAG = 35
"""RFC 5646, section 4.4.1."""


def mentor_name(text: str) -> str:
    """A name of one line, of 1 to 200 characters."""
    return not_empty(clean_text(text, limit=NAME_LIMIT))


def bio(text: str) -> str:
    """Up to 10,000 characters, on any number of lines."""
    return clean_text(text, limit=BIO_LIMIT, multiline=True)


def skill(text: str) -> str:
    """One skill, of 1 to 100 characters."""
    return not_empty(clean_text(text, limit=SKILL_LIMIT))


def distinct_skills(skills: Iterable[str]) -> tuple[str, ...]:
    """Drop the repeated ones, without regard to case; the first spelling stays. 50 at most."""
    return _distinct(skills, at_most=MOST_SKILLS, of="skills")


def language(text: str) -> str:
    """One language tag of the shape of BCP 47, in the case that RFC 5646, 2.1.1 recommends."""
    tag = text.strip()
    if len(tag) > _LONGEST_LANGUAGE_TAG or not _LANGUAGE_TAG.fullmatch(tag):
        raise Unacceptable("invalid-value", "Language tags of BCP 47 such as de or pt-BR.")
    first, *others = tag.lower().split("-")
    return "-".join([first, *_in_recommended_case(others)])


def distinct_languages(tags: Iterable[str]) -> tuple[str, ...]:
    """Drop the repeated ones, in the order given. 50 at most."""
    return _distinct(tags, at_most=MOST_LANGUAGES, of="languages")


def experience_years(years: int) -> int:
    """Whole years, 0 to 80."""
    return _within(EXPERIENCE_YEARS, years)


def max_sessions_per_day(sessions: int) -> int:
    """Whole sessions, 1 to 100."""
    return _within(SESSIONS_PER_DAY, sessions)


def hourly_rate(rate: float) -> int | float:
    """0 to 1,000,000 in hundredths, as an int where it is whole; the currency is the house's."""
    if not 0 <= rate <= HIGHEST_HOURLY_RATE:
        raise Unacceptable("out-of-range", f"A number from 0 to {HIGHEST_HOURLY_RATE:,}.")
    if round(rate, 2) != rate:
        raise Unacceptable("invalid-number", "A number with at most two decimals.")
    return int(rate) if rate == int(rate) else rate


def mobile_number(text: str) -> str:
    """5 to 20 digits, with ``+``, blanks, parentheses, hyphens, dots and slashes between them."""
    number = text.strip()
    if (
        len(number) > MOBILE_NUMBER_LIMIT
        or not _MOBILE_NUMBER.fullmatch(number)
        or sum(map(str.isdigit, number)) not in MOBILE_NUMBER_DIGITS
    ):
        raise Unacceptable(
            "invalid-value", "A telephone number of 5 to 20 digits; blanks and + ( ) - . / may be."
        )
    return number


def external_id(text: str) -> str:
    """What another system calls the mentor: up to 200 characters."""
    return clean_text(text, limit=EXTERNAL_ID_LIMIT)


def _in_recommended_case(subtags: Iterable[str]) -> Iterator[str]:
    """Regions in capitals, scripts with one; everything after a singleton in small letters."""
    after_singleton = False
    for subtag in subtags:
        after_singleton = after_singleton or len(subtag) == 1
        if len(subtag) == 2 and not after_singleton:
            yield subtag.upper()
        elif len(subtag) == 4 and not after_singleton:
            yield subtag.capitalize()
        else:
            yield subtag


def _within(allowed: range, value: int) -> int:
    if value not in allowed:
        raise Unacceptable(
            "out-of-range", f"A whole number from {allowed.start} to {allowed.stop - 1}."
        )
    return value


def _distinct(values: Iterable[str], *, at_most: int, of: str) -> tuple[str, ...]:
    first_spellings: dict[str, str] = {}
    for value in values:
        first_spellings.setdefault(value.casefold(), value)
        if len(first_spellings) > at_most:
            raise Unacceptable("too-long", f"At most {at_most} {of}.")
    return tuple(first_spellings.values())
