"""Finding mentors, and their profiles."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from mentorbooking.application.answers.mentor import MentorAnswer
from mentorbooking.application.lists.mentors import ListMentors
from mentorbooking.application.read_models.mentor_directory import MentorSort, MentorsQuery
from mentorbooking.application.use_cases.mentors.create_mentor import CreateMentor
from mentorbooking.application.use_cases.mentors.get_mentor import GetMentor
from mentorbooking.application.use_cases.mentors.update_mentor import UpdateMentor
from mentorbooking.domain.mentor.events import MentorStatus
from mentorbooking.domain.mentor.profile import MentorProfile, ProfileChanges
from mentorbooking.entrypoints.decoding.fields import (
    Bio,
    Email,
    ExperienceYears,
    ExternalId,
    HourlyRate,
    InstantBound,
    Languages,
    Limit,
    MobileNumber,
    Name,
    SessionsPerDay,
    Skills,
    TimeZone,
    WantedSkills,
    Words,
)
from mentorbooking.entrypoints.http import examples
from mentorbooking.entrypoints.http.answer import Answer, Page, page_of
from mentorbooking.entrypoints.http.call import Call
from mentorbooking.entrypoints.http.operations import Operation, endpoint

TAG = "Mentors"


class MentorFilters(msgspec.Struct, frozen=True):
    """Which mentors. ``skill`` may be repeated: the mentor has all of them."""

    skill: WantedSkills = []
    min_experience_years: int | None = None
    max_hourly_rate: float | None = None
    premium: bool | None = None
    language: Words | None = None
    time_zone: TimeZone | None = None
    q: Words | None = None
    free_from: InstantBound | None = None
    free_to: InstantBound | None = None
    sort: MentorSort = MentorSort.NAME
    limit: Limit = 50
    cursor: str | None = None


class MentorList(msgspec.Struct, frozen=True):
    """Active mentors."""

    data: list[MentorAnswer]
    page: Page


class NewMentor(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A profile, as a row of an import has it."""

    email: Email
    name: Name
    skills: Skills
    experience_years: ExperienceYears | None = None
    bio: Bio = ""
    hourly_rate: HourlyRate | None = None
    premium: bool = False
    languages: Languages = []
    time_zone: TimeZone = "UTC"
    max_sessions_per_day: SessionsPerDay | None = None
    mobile_number: MobileNumber | None = None
    external_id: ExternalId | None = None
    status: Literal["active", "paused"] = "active"


class MentorChanges(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is left out stays as it is; null clears what may be unknown."""

    name: Name | UnsetType = UNSET
    email: Email | UnsetType = UNSET
    skills: Skills | UnsetType = UNSET
    experience_years: ExperienceYears | UnsetType | None = UNSET
    bio: Bio | UnsetType = UNSET
    hourly_rate: HourlyRate | UnsetType | None = UNSET
    premium: bool | UnsetType = UNSET
    languages: Languages | UnsetType = UNSET
    time_zone: TimeZone | UnsetType = UNSET
    max_sessions_per_day: SessionsPerDay | UnsetType | None = UNSET
    mobile_number: MobileNumber | UnsetType | None = UNSET
    external_id: ExternalId | UnsetType | None = UNSET


@endpoint(
    Operation(
        method="GET",
        path="/mentors",
        operation_id="list_mentors",
        summary="Find mentors",
        description="Only active ones. Every sort ends in the id.",
        tag=TAG,
        query=MentorFilters,
        answers={200: MentorList},
        refusals={
            400: ("invalid-cursor", "invalid-event-position"),
            503: ("projection-behind",),
        },
        accepts=("Min-Event-Position",),
        query_example={"skill": "Compilers", "sort": "next_free", "limit": 20},
        answer_examples={
            200: examples.page_of({**examples.MENTOR, "next_free": examples.SLOT["start"]})
        },
    )
)
async def list_mentors(call: Call[None, MentorFilters]) -> Answer:
    given = msgspec.structs.asdict(call.query)
    cursor, skills = given.pop("cursor"), tuple(given.pop("skill"))
    found = await call.core.lists.mentors(
        ListMentors(
            wanted=MentorsQuery(skills=skills, **given),
            cursor=cursor,
            at_least=call.min_position,
        )
    )
    return page_of(found, call.query.limit)


@endpoint(
    Operation(
        method="GET",
        path="/mentors/{mentor_id:str}",
        operation_id="get_mentor",
        summary="Read one mentor",
        description="Paused ones too. Address and phone number only for the mentor, admins, and "
        "students who have a confirmed booking.",
        tag=TAG,
        answers={200: MentorAnswer},
        refusals={404: ("not-found",)},
        sends=("ETag",),
        answer_examples={200: examples.MENTOR},
    )
)
async def get_mentor(call: Call[None, None]) -> Answer:
    query = GetMentor(caller=call.caller, mentor_id=call.path["mentor_id"])
    mentor = await call.core.queries.get_mentor(query)
    return Answer(body=mentor, version=mentor.version)


@endpoint(
    Operation(
        method="POST",
        path="/mentors",
        operation_id="create_mentor",
        summary="Make a mentor's profile",
        description="The mentor is mailed an invitation to take it over.",
        tag=TAG,
        body=NewMentor,
        answers={201: MentorAnswer},
        refusals={409: ("email-taken",)},
        accepts=("Idempotency-Key",),
        sends=("ETag", "Event-Position", "Location", "Idempotency-Replayed"),
        body_example={
            "email": "grace@example.org",
            "name": "Grace Hopper",
            "skills": ["Compilers", "COBOL"],
        },
        answer_examples={201: examples.MENTOR},
    )
)
async def create_mentor(call: Call[NewMentor, None]) -> Answer:
    given = msgspec.structs.asdict(call.body)
    status = MentorStatus(given.pop("status"))
    given["skills"], given["languages"] = tuple(given["skills"]), tuple(given["languages"])
    command = CreateMentor(caller=call.principal, profile=MentorProfile(**given), status=status)
    return await call.core.commanding(
        call,
        call.core.commands.create_mentor,
        command,
        lambda mentor: Answer(
            status=201, body=mentor, version=mentor.version, location=f"/mentors/{mentor.id}"
        ),
    )


@endpoint(
    Operation(
        method="PATCH",
        path="/mentors/{mentor_id:str}",
        operation_id="update_mentor",
        summary="Change a mentor's profile",
        description="Only admins may change email, premium and external_id.",
        tag=TAG,
        body=MentorChanges,
        answers={200: MentorAnswer},
        refusals={
            403: ("not-yours",),
            404: ("not-found",),
            409: ("email-taken",),
            412: ("version-mismatch",),
        },
        accepts=("If-Match",),
        sends=("ETag", "Event-Position"),
        body_example={"bio": "On sabbatical until May.", "hourly_rate": None},
        answer_examples={200: examples.MENTOR},
    )
)
async def update_mentor(call: Call[MentorChanges, None]) -> Answer:
    given: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in msgspec.structs.asdict(call.body).items()
        if value is not UNSET
    }
    command = UpdateMentor(
        caller=call.principal,
        mentor_id=call.path["mentor_id"],
        changes=ProfileChanges(**given),
        if_match=call.if_match,
    )
    return await call.core.commanding(
        call,
        call.core.commands.update_mentor,
        command,
        lambda mentor: Answer(body=mentor, version=mentor.version),
    )


ENDPOINTS = (list_mentors, get_mentor, create_mentor, update_mentor)
