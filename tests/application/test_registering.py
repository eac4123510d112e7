"""Registering: an account, what its role needs, the address and the password land together."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mentorbooking.application.answers.account import AccountAnswer
from mentorbooking.application.ports.identity import InvitationClaims
from mentorbooking.domain.email_address.events import EmailAddressClaimed
from mentorbooking.domain.mentor.events import (
    MentorCreated,
    MentorInvited,
    MentorProfileChanged,
    MentorTakenOver,
    Origin,
)
from mentorbooking.domain.mentor.mentor import Mentor
from mentorbooking.domain.mentor.profile import MentorProfile, ProfileChanges
from mentorbooking.domain.student_calendar.calendar import StudentCalendar
from mentorbooking.domain.student_calendar.events import StudentCalendarOpened
from mentorbooking.domain.user_account.account import UserAccount
from mentorbooking.domain.user_account.events import AccountRegistered
from mentorbooking.domain.user_account.role import Role
from tests.support.fixed import MENTOR, NOW
from tests.support.people import ADMIN_USER, PROFILE
from tests.support.reception import (
    CLIENT,
    EMAIL,
    NEW_USER,
    PASSWORD,
    Reception,
    reception,
)
from tests.support.use_cases import Fact, id_to_come

pytestmark = pytest.mark.anyio

NEW_STUDENT, NEW_MENTOR = id_to_come("student"), id_to_come("mentor")
INVITATION = "invitation_1"
WEEK = timedelta(days=7)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Reception]:
    with reception(tmp_path) as opened:
        yield opened


def registered(role: Role, **wishes: Any) -> Fact:
    known = {"email": EMAIL, "name": "Sam Student", "role": role, "time_zone": "UTC"}
    return UserAccount(id=NEW_USER), AccountRegistered(at=NOW, **{**known, **wishes})


def claimed(desk: Reception, email: str = EMAIL) -> Fact:
    return desk.address(email), EmailAddressClaimed(at=NOW, holder=NEW_USER)


async def test_a_student_gets_a_calendar(desk: Reception) -> None:
    answer = await desk.register(time_zone="Europe/Berlin").then(
        claimed(desk),
        registered(Role.STUDENT, time_zone="Europe/Berlin", student_id=NEW_STUDENT),
        (StudentCalendar(id=NEW_STUDENT), StudentCalendarOpened(at=NOW, user_id=NEW_USER)),
        kept=False,
    )

    assert answer == AccountAnswer(
        id=NEW_USER,
        email=EMAIL,
        name="Sam Student",
        role="student",
        time_zone="Europe/Berlin",
        student_id=NEW_STUDENT,
        created_at=NOW,
        version=1,
    )


async def test_a_mentor_gets_a_profile_that_nobody_vouches_for_yet(desk: Reception) -> None:
    profile = MentorProfile(name="Sam Student", email=EMAIL, time_zone="UTC")
    created = MentorCreated(at=NOW, profile=profile, origin=Origin.REGISTRATION, user_id=NEW_USER)

    await desk.register(role=Role.MENTOR).then(
        claimed(desk),
        registered(Role.MENTOR, mentor_id=NEW_MENTOR),
        (Mentor(id=NEW_MENTOR), created),
        kept=False,
    )


@pytest.mark.parametrize("role", [Role.ADMIN, Role.OPERATOR])
async def test_others_need_nothing_but_the_account(desk: Reception, role: Role) -> None:
    await desk.register(role=role).then(claimed(desk), registered(role), kept=False)


async def test_the_password_is_kept_as_a_hash_beside_the_facts(desk: Reception) -> None:
    await desk.has_somebody()

    known = await desk.story.credentials.by_address(desk.key())

    assert known is not None
    assert known.user_id == NEW_USER
    assert await desk.passwords.verify(PASSWORD, known.password_hash)


async def test_who_tries_is_counted_by_address_and_client(desk: Reception) -> None:
    await desk.has_somebody()
    await desk.register().then_refused("email-taken")
    assert desk.throttle.hits == [("register", desk.key(), CLIENT)]

    desk.throttle.closed = True
    await desk.register(email="another@people.example").then_refused("too-many-requests")


async def test_an_address_is_one_persons_only_however_it_is_written(desk: Reception) -> None:
    await desk.has_somebody()

    await desk.register(email=EMAIL.upper()).then_refused("email-taken")


# -- with an invitation ------------------------------------------------------------------------


async def given_an_invited_mentor(desk: Reception) -> None:
    await desk.story.given(
        Mentor(id=MENTOR),
        MentorCreated(at=NOW, profile=PROFILE, origin=Origin.IMPORT),
        MentorInvited(
            at=NOW, invitation_id=INVITATION, expires_at=NOW + WEEK, invited_by=ADMIN_USER
        ),
    )
    claimed = EmailAddressClaimed(at=NOW, holder=MENTOR)
    await desk.story.given(desk.address(PROFILE.email), claimed)


def invitation(
    desk: Reception,
    mentor_id: str = MENTOR,
    invitation_id: str = INVITATION,
    expires_at: datetime = NOW + WEEK,
) -> str:
    return desk.invitations.token(
        InvitationClaims(mentor_id=mentor_id, invitation_id=invitation_id, expires_at=expires_at)
    )


def invited(desk: Reception, **wishes: Any) -> Any:
    known = {
        "email": PROFILE.email,
        "name": PROFILE.name,
        "role": Role.MENTOR,
        "invitation": invitation(desk),
    }
    return desk.register(**{**known, **wishes})


async def test_who_was_invited_takes_the_profile_over(desk: Reception) -> None:
    await given_an_invited_mentor(desk)

    answer = await invited(desk).then(
        claimed(desk, PROFILE.email),
        registered(
            Role.MENTOR,
            email=PROFILE.email,
            name=PROFILE.name,
            time_zone=PROFILE.time_zone,
            mentor_id=MENTOR,
        ),
        (Mentor(id=MENTOR), MentorTakenOver(at=NOW, user_id=NEW_USER)),
        kept=False,
    )

    assert (answer.mentor_id, answer.time_zone) == (MENTOR, PROFILE.time_zone)


async def test_the_profile_says_what_its_mentor_says_then(desk: Reception) -> None:
    await given_an_invited_mentor(desk)

    await invited(desk, name="Ada King", time_zone="UTC").then(
        claimed(desk, PROFILE.email),
        registered(Role.MENTOR, email=PROFILE.email, name="Ada King", mentor_id=MENTOR),
        (Mentor(id=MENTOR), MentorTakenOver(at=NOW, user_id=NEW_USER)),
        (
            Mentor(id=MENTOR),
            MentorProfileChanged(at=NOW, changes=ProfileChanges(name="Ada King", time_zone="UTC")),
        ),
        kept=False,
    )


async def test_an_invitation_works_once(desk: Reception) -> None:
    await given_an_invited_mentor(desk)
    await desk.has_somebody(
        Role.MENTOR, email=PROFILE.email, name=PROFILE.name, invitation=invitation(desk)
    )

    refused = await invited(desk).then_refused("invitation-invalid")

    assert refused.detail == "The invitation was used or replaced by a newer one."


@pytest.mark.parametrize(
    ("wishes", "why"),
    [
        ({"invitation": "forged"}, "The invitation is not valid, or has expired."),
        ({"role": Role.STUDENT}, "The invitation is for a mentor's account."),
        ({"email": EMAIL}, "The invitation was sent to another e-mail address."),
    ],
)
async def test_an_invitation_is_its_mentors_own(
    desk: Reception, wishes: dict[str, Any], why: str
) -> None:
    await given_an_invited_mentor(desk)

    refused = await invited(desk, **wishes).then_refused("invitation-invalid")

    assert refused.detail == why


async def test_an_invitation_of_a_mentor_whom_nobody_knows_is_nobodys(desk: Reception) -> None:
    asked = invited(desk, invitation=invitation(desk, mentor_id="mentor_unknown"))

    refused = await asked.then_refused("invitation-invalid")

    assert refused.detail == "The invitation was sent to another e-mail address."


async def test_an_earlier_invitation_has_been_replaced(desk: Reception) -> None:
    await given_an_invited_mentor(desk)

    await invited(desk, invitation=invitation(desk, invitation_id="invitation_0")).then_refused(
        "invitation-invalid"
    )


async def test_after_a_week_it_has_expired(desk: Reception) -> None:
    await given_an_invited_mentor(desk)
    desk.story.clock.advance(WEEK)

    refused = await invited(desk).then_refused("invitation-invalid")

    assert refused.detail == "The invitation is not valid, or has expired."
