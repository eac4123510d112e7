"""Whom a user pool has signed in: an account the first time, and the role that it tells last."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mentorbooking.application.ports.user_pool import PersonalDetails, PoolUser, UserPool
from mentorbooking.application.use_cases.accounts.admit_pool_user import (
    SUPERSEDED,
    AdmitPoolUser,
    AdmitPoolUserHandler,
)
from mentorbooking.domain.email_address.address import EmailAddress
from mentorbooking.domain.email_address.events import EmailAddressClaimed
from mentorbooking.domain.external_subject.events import ExternalSubjectBound
from mentorbooking.domain.external_subject.subject import ExternalSubject
from mentorbooking.domain.mentor.events import MentorCreated, Origin
from mentorbooking.domain.mentor.mentor import Mentor
from mentorbooking.domain.mentor.profile import MentorProfile
from mentorbooking.domain.student_calendar.calendar import StudentCalendar
from mentorbooking.domain.student_calendar.events import StudentCalendarOpened
from mentorbooking.domain.user_account.account import UserAccount
from mentorbooking.domain.user_account.events import AccountRegistered, AccountRoleChanged
from mentorbooking.domain.user_account.role import Role
from tests.support.fixed import NOW
from tests.support.use_cases import Asked, Fact, UseCases, id_to_come, use_cases

pytestmark = pytest.mark.anyio

SUBJECT = ExternalSubject(id="key of ada")
NEW_USER, NEW_STUDENT, NEW_MENTOR = map(id_to_come, ("user", "student", "mentor"))
ADA = PersonalDetails(name="  Ada Lovelace ", email="ada@people.example", time_zone="Asia/Kolkata")
MINUTE = timedelta(minutes=1)


class Pool(UserPool):
    """Tells of one person; ``asked`` are the tokens that it was asked with."""

    def __init__(self) -> None:
        self.person = ADA
        self.asked: list[tuple[str, datetime]] = []

    def names_itself_in(self, token: str) -> bool:
        raise AssertionError("the token has been read before")

    async def verify(self, token: str, now: datetime) -> PoolUser:
        raise AssertionError("the token has been verified before")

    async def details(self, token: str, now: datetime) -> PersonalDetails:
        self.asked.append((token, now))
        return self.person


class Door:
    def __init__(self, story: UseCases) -> None:
        self.story, self.pool = story, Pool()

    def admit(
        self, role: Role = Role.STUDENT, told_at: datetime = NOW
    ) -> Asked[AdmitPoolUser, UserAccount]:
        story = self.story
        handle = AdmitPoolUserHandler(
            story.aggregates,
            story.credentials,
            self.pool,
            lambda subject: f"key of {subject}",
            story.clock,
            story.ids,
        )
        return story.when(handle, AdmitPoolUser(PoolUser("ada", role, told_at), "a token"))

    def address(self, email: str | None = ADA.email) -> EmailAddress:
        return EmailAddress(id=self.story.credentials.address_key(email or ""))

    def claimed(self) -> Fact:
        return self.address(), EmailAddressClaimed(at=NOW, holder=NEW_USER)


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    with use_cases(tmp_path) as story:
        yield Door(story)


def bound() -> Fact:
    return SUBJECT, ExternalSubjectBound(at=NOW, user_id=NEW_USER)


def registered(role: Role = Role.STUDENT, **wishes: Any) -> Fact:
    known = {
        "email": ADA.email,
        "name": "Ada Lovelace",
        "role": role,
        "time_zone": "Asia/Kolkata",
        "role_as_of": NOW,
        "student_id": NEW_STUDENT if role is Role.STUDENT else None,
        "mentor_id": NEW_MENTOR if role is Role.MENTOR else None,
    }
    return UserAccount(id=NEW_USER), AccountRegistered(at=NOW, **{**known, **wishes})


def opened() -> Fact:
    return StudentCalendar(id=NEW_STUDENT), StudentCalendarOpened(at=NOW, user_id=NEW_USER)


def profiled(**wishes: Any) -> Fact:
    known = {"name": "Ada Lovelace", "email": ADA.email, "time_zone": "Asia/Kolkata"}
    profile = MentorProfile(**{**known, **wishes})
    created = MentorCreated(at=NOW, profile=profile, origin=Origin.REGISTRATION, user_id=NEW_USER)
    return Mentor(id=NEW_MENTOR), created


async def test_who_comes_for_the_first_time_gets_an_account_with_what_the_pool_tells(
    door: Door,
) -> None:
    account = await door.admit().then(bound(), door.claimed(), registered(), opened(), kept=False)

    assert (account.id, account.role, account.student_id) == (NEW_USER, Role.STUDENT, NEW_STUDENT)
    assert door.pool.asked == [("a token", NOW)]


async def test_a_mentor_has_a_profile_too(door: Door) -> None:
    await door.admit(Role.MENTOR).then(
        bound(), door.claimed(), registered(Role.MENTOR), profiled(), kept=False
    )


@pytest.mark.parametrize("email", [None, "", "no address"])
async def test_without_a_verified_address_the_account_has_none(
    door: Door, email: str | None
) -> None:
    door.pool.person = PersonalDetails(name="Ada", email=email)

    await door.admit().then(
        bound(), registered(email="", name="Ada", time_zone="UTC"), opened(), kept=False
    )


async def test_who_shares_an_address_with_an_account_does_not_share_the_account(
    door: Door,
) -> None:
    await door.story.given(door.address(), EmailAddressClaimed(at=NOW, holder="user_9"))

    await door.admit().then(bound(), registered(email=""), opened(), kept=False)


@pytest.mark.parametrize("time_zone", [None, "", "Mars/Olympus"])
async def test_who_tells_of_no_zone_that_there_is_lives_in_utc(
    door: Door, time_zone: str | None
) -> None:
    door.pool.person = PersonalDetails(name="Ada", email=ADA.email, time_zone=time_zone)

    await door.admit().then(
        bound(), door.claimed(), registered(name="Ada", time_zone="UTC"), opened(), kept=False
    )


@pytest.mark.parametrize("name", [None, "", " ", "x" * 10_000])
async def test_who_tells_no_name_is_called_by_the_role(door: Door, name: str | None) -> None:
    door.pool.person = PersonalDetails(name=name, email=ADA.email)

    account = await door.admit().then(
        bound(),
        door.claimed(),
        registered(name="New student", time_zone="UTC"),
        opened(),
        kept=False,
    )

    assert account.name == "New student"


async def known_student(door: Door) -> None:
    asked = door.admit()
    door.story.enter()
    await asked.handle(asked.command)
    door.pool.asked.clear()


async def test_who_comes_again_is_who_they_were(door: Door) -> None:
    await known_student(door)

    account = await door.admit(told_at=NOW - MINUTE).then(kept=False)

    assert (account.id, account.student_id) == (NEW_USER, NEW_STUDENT)
    assert door.pool.asked == []
    assert door.story.kept == []


def changed(role: Role, told_at: datetime, **part: Any) -> Fact:
    return UserAccount(id=NEW_USER), AccountRoleChanged(
        at=NOW, role=role, role_as_of=told_at, **part
    )


async def test_another_role_gets_what_it_needs_and_an_earlier_one_finds_what_it_had(
    door: Door,
) -> None:
    await known_student(door)

    mentor = await door.admit(Role.MENTOR, NOW + MINUTE).then(
        changed(Role.MENTOR, NOW + MINUTE, mentor_id=NEW_MENTOR), profiled(), kept=False
    )
    student = await door.admit(Role.STUDENT, NOW + 2 * MINUTE).then(
        changed(Role.STUDENT, NOW + 2 * MINUTE, student_id=NEW_STUDENT), kept=False
    )
    again = await door.admit(Role.MENTOR, NOW + 3 * MINUTE).then(
        changed(Role.MENTOR, NOW + 3 * MINUTE, mentor_id=NEW_MENTOR), kept=False
    )

    assert (mentor.role, student.role, again.role) == (Role.MENTOR, Role.STUDENT, Role.MENTOR)


async def test_an_earlier_token_with_another_role_is_over(door: Door) -> None:
    await known_student(door)

    refused = await door.admit(Role.ADMIN, NOW - MINUTE).then_refused("invalid-token")

    assert refused.detail == SUPERSEDED


async def test_of_two_of_the_same_second_the_one_that_comes_last_counts(door: Door) -> None:
    await known_student(door)

    await door.admit(Role.ADMIN, NOW).then(changed(Role.ADMIN, NOW), kept=False)
