"""The types of fields that bodies and queries are made of: a type, its rule, what is told of it.

The rules are the domain's; here they are put on types. Limits stand in the schema and are
checked by the rule, since they count characters of the text as it is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta

from mentorbooking.application.bookings_export.as_of import read_as_of
from mentorbooking.application.email_addresses import read_email
from mentorbooking.application.instants import read_instant
from mentorbooking.application.positions import MOST_LANES
from mentorbooking.domain.kernel.text import (
    BIO_LIMIT,
    DESCRIPTION_LIMIT,
    NAME_LIMIT,
    REASON_LIMIT,
    TITLE_LIMIT,
    clean_text,
    not_empty,
)
from mentorbooking.domain.kernel.unacceptable import Unacceptable
from mentorbooking.domain.mentor import policies
from mentorbooking.domain.scheduling.time_zones import check_time_zone
from mentorbooking.domain.user_account.policies import PASSWORD_LENGTH, password

EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
LATEST = datetime(9000, 1, 1, tzinfo=UTC)
"""Instants that are stored lie between: sums with durations and zones stay dates."""


_TEXT = r"^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]*$"
"""No control characters but tabs and line breaks, as JSON Schema says it."""


def ruled(rule: Callable[[Any], Any], **schema: Any) -> Meta:
    """Put a rule on a type; ``schema`` is what JSON Schema can say of it."""
    return Meta(extra={"rule": rule}, extra_json_schema=schema)


def _text(limit: int, *, required: bool = False, multiline: bool = False) -> Meta:
    def rule(text: str) -> str:
        cleaned = clean_text(text, limit=limit, multiline=multiline)
        return not_empty(cleaned) if required else cleaned

    bounds = {"minLength": 1} if required else {}
    return ruled(rule, maxLength=limit, pattern=_TEXT, **bounds)


def _email(text: str) -> str:
    return read_email(text).shown


def _instant(text: str) -> datetime:
    return _stored(read_instant(text))


def _bound(text: str) -> datetime:
    return _stored(min(max(read_instant(text), EARLIEST), LATEST - LATEST.resolution))


def _stored(instant: datetime) -> datetime:
    if not EARLIEST <= instant < LATEST:
        raise Unacceptable("out-of-range", "An instant of the years 1900 to 8999.")
    return instant if instant.tzinfo is UTC else instant.astimezone(UTC)


def _as_of(text: str) -> str:
    read_as_of(text, MOST_LANES)
    return text


Name = Annotated[str, _text(NAME_LIMIT, required=True)]
Title = Annotated[str, _text(TITLE_LIMIT)]
Reason = Annotated[str, _text(REASON_LIMIT, multiline=True)]
Description = Annotated[str, _text(DESCRIPTION_LIMIT, multiline=True)]
Bio = Annotated[str, _text(BIO_LIMIT, multiline=True)]
Words = Annotated[str, _text(NAME_LIMIT, required=True)]
"""What to look for: a skill, a language, words of a profile."""

Email = Annotated[str, ruled(_email, format="email", maxLength=254)]
Password = Annotated[
    str,
    ruled(
        password,
        format="password",
        minLength=PASSWORD_LENGTH.start,
        maxLength=PASSWORD_LENGTH.stop - 1,
    ),
]

TimeZone = Annotated[str, ruled(check_time_zone, examples=["Europe/Vienna"])]

if TYPE_CHECKING:  # what their rules make of the text
    Instant = datetime
    InstantBound = datetime
else:
    Instant = Annotated[str, ruled(_instant, format="date-time")]
    """RFC 3339 with an offset; kept in UTC."""

    InstantBound = Annotated[str, ruled(_bound, format="date-time")]
    """Where a filter begins or ends. Beyond all instants that are stored it means: everything."""

AsOf = Annotated[str, ruled(_as_of, examples=["2026-12-01T09:00:00Z", "0:1234"])]
"""An instant of the past, or a position of the log."""

Skill = Annotated[
    str, ruled(policies.skill, minLength=1, maxLength=policies.SKILL_LIMIT, pattern=_TEXT)
]
Skills = Annotated[
    list[Skill],
    ruled(lambda skills: list(policies.distinct_skills(skills)), maxItems=policies.MOST_SKILLS),
]
WantedSkills = Annotated[list[Words], Meta(max_length=policies.MOST_SKILLS)]
"""Skills to look for: nobody has more."""

Language = Annotated[str, ruled(policies.language, examples=["de", "pt-BR"])]
Languages = Annotated[
    list[Language],
    ruled(lambda tags: list(policies.distinct_languages(tags)), maxItems=policies.MOST_LANGUAGES),
]
ExperienceYears = Annotated[int, Meta(ge=0, le=policies.EXPERIENCE_YEARS.stop - 1)]
SessionsPerDay = Annotated[int, Meta(ge=1, le=policies.SESSIONS_PER_DAY.stop - 1)]
HourlyRate = Annotated[
    float,
    ruled(policies.hourly_rate, minimum=0, maximum=policies.HIGHEST_HOURLY_RATE),
]
MobileNumber = Annotated[str, ruled(policies.mobile_number, maxLength=policies.MOBILE_NUMBER_LIMIT)]
ExternalId = Annotated[str, ruled(policies.external_id, maxLength=policies.EXTERNAL_ID_LIMIT)]

Limit = Annotated[int, Meta(ge=1, le=200)]
DurationMinutes = Annotated[int, Meta(ge=1, le=24 * 60)]
