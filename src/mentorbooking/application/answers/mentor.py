"""A mentor as the service tells it, to everybody and to those who may know more."""

from __future__ import annotations

from datetime import datetime

import msgspec
from msgspec import UNSET, UnsetType

from mentorbooking.domain.mentor.mentor import Mentor


class MentorAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """``email``, ``mobile_number``: only to the mentor, admins, and students with a booking."""

    id: str
    name: str
    skills: tuple[str, ...]
    experience_years: int | None
    bio: str
    hourly_rate: int | float | None
    premium: bool
    languages: tuple[str, ...]
    time_zone: str
    max_sessions_per_day: int | None
    status: str
    confirmed: bool
    version: int
    created_at: datetime
    updated_at: datetime
    next_free: datetime | UnsetType | None = UNSET
    email: str | UnsetType = UNSET
    mobile_number: str | UnsetType | None = UNSET
    external_id: str | UnsetType | None = UNSET


def mentor_answer(mentor: Mentor) -> MentorAnswer:
    """Tell what everybody may know."""
    profile = mentor.profile
    return MentorAnswer(
        id=mentor.id,
        name=profile.name,
        skills=profile.skills,
        experience_years=profile.experience_years,
        bio=profile.bio,
        hourly_rate=profile.hourly_rate,
        premium=profile.premium,
        languages=profile.languages,
        time_zone=profile.time_zone,
        max_sessions_per_day=profile.max_sessions_per_day,
        status=mentor.status,
        confirmed=mentor.is_known,
        version=mentor.version,
        created_at=mentor.created_at,
        updated_at=mentor.updated_at,
    )


def with_contact(answer: MentorAnswer, mentor: Mentor) -> MentorAnswer:
    """Add how the mentor can be reached."""
    return msgspec.structs.replace(
        answer, email=mentor.profile.email or UNSET, mobile_number=mentor.profile.mobile_number
    )


def full_mentor_answer(mentor: Mentor) -> MentorAnswer:
    """Tell what the mentor and admins may know."""
    return msgspec.structs.replace(
        with_contact(mentor_answer(mentor), mentor), external_id=mentor.profile.external_id
    )
