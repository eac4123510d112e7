"""Making, inviting, describing, pausing and confirming mentors: who may, and what follows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from mentorbooking.application.answers.mentor import MentorAnswer
from mentorbooking.application.principal import Principal
from mentorbooking.application.use_cases.mentors.change_standing import (
    ChangeStanding,
    ChangeStandingHandler,
    Standing,
)
from mentorbooking.application.use_cases.mentors.create_mentor import (
    CreateMentor,
    CreateMentorHandler,
)
from mentorbooking.application.use_cases.mentors.get_mentor import GetMentor, GetMentorHandler
from mentorbooking.application.use_cases.mentors.invite_mentor import (
    InviteMentor,
    InviteMentorHandler,
)
from mentorbooking.domain.email_address.address import EmailAddress
from mentorbooking.domain.email_address.events import EmailAddressClaimed
from mentorbooking.domain.kernel.event import Event
from mentorbooking.domain.mentor.events import (
    MentorActivated,
    MentorConfirmed,
    MentorCreated,
    MentorInvited,
    MentorPaused,
    MentorStatus,
    Origin,
)
from mentorbooking.domain.mentor.mentor import Mentor
from mentorbooking.domain.mentor.profile import MentorProfile
from tests.support.fixed import MENTOR, NOW, STUDENT
from tests.support.people import (
    ADMIN_USER,
    AN_ADMIN,
    ANOTHER_MENTOR,
    ANOTHER_STUDENT,
    PROFILE,
    THE_MENTOR,
    THE_STUDENT,
    given_a_mentor,
)
from tests.support.use_cases import Asked, UseCases, id_to_come, use_cases

pytestmark = pytest.mark.anyio

WEEK = timedelta(days=7)
NEW = id_to_come("mentor")
RICH = MentorProfile(
    name="Alan Turing",
    email="alan@people.example",
    skills=("Logic",),
    experience_years=7,
    bio="Machines.",
    hourly_rate=20.5,
    premium=True,
    languages=("en",),
    time_zone="Europe/London",
    max_sessions_per_day=3,
    mobile_number="+441234567890",
    external_id="A-1",
)


class Acquaintances:
    """Who has a session with whom; ``up_to_date`` tells whether the lists hold all there is."""

    def __init__(self) -> None:
        self.pairs: set[tuple[str, str]] = set()
        self.up_to_date = True

    async def hold_it(self) -> bool:
        return self.up_to_date

    async def have_confirmed_booking(self, *, student_id: str, mentor_id: str) -> bool:
        return (student_id, mentor_id) in self.pairs


@pytest.fixture
def story(tmp_path: Path) -> Iterator[UseCases]:
    with use_cases(tmp_path) as story:
        yield story


def create(story: UseCases, **wishes: Any) -> Asked[CreateMentor, MentorAnswer]:
    handle = CreateMentorHandler(story.aggregates, story.credentials, story.clock, story.ids)
    return story.when(handle, CreateMentor(**{"caller": AN_ADMIN, "profile": RICH, **wishes}))


def invite(story: UseCases, **wishes: Any) -> Asked[InviteMentor, MentorAnswer]:
    handle = InviteMentorHandler(story.aggregates, story.clock, story.ids)
    return story.when(handle, InviteMentor(**{"caller": AN_ADMIN, "mentor_id": MENTOR, **wishes}))


def stand(story: UseCases, to: Standing, **wishes: Any) -> Asked[ChangeStanding, MentorAnswer]:
    known = {"caller": AN_ADMIN, "mentor_id": MENTOR, "to": to}
    handle = ChangeStandingHandler(story.aggregates, story.clock)
    return story.when(handle, ChangeStanding(**{**known, **wishes}))


def look(
    story: UseCases, caller: Principal | None, known: Acquaintances | None = None
) -> Asked[GetMentor, MentorAnswer]:
    known = known or Acquaintances()
    handle = GetMentorHandler(story.aggregates, known, known.hold_it)
    return story.when(handle, GetMentor(caller=caller, mentor_id=MENTOR))


def address(story: UseCases, email: str) -> EmailAddress:
    return EmailAddress(id=story.credentials.address_key(email))


def invitation(number: int = 1) -> MentorInvited:
    return MentorInvited(
        at=NOW,
        invitation_id=id_to_come("invitation", number),
        expires_at=NOW + WEEK,
        invited_by=ADMIN_USER,
    )


async def test_a_mentor_whom_an_admin_makes_holds_the_address_and_is_invited(
    story: UseCases,
) -> None:
    answer = await create(story, status=MentorStatus.PAUSED).then(
        (address(story, RICH.email), EmailAddressClaimed(at=NOW, holder=NEW)),
        (
            Mentor(id=NEW),
            MentorCreated(at=NOW, profile=RICH, origin=Origin.ADMIN, status=MentorStatus.PAUSED),
        ),
        (Mentor(id=NEW), invitation()),
    )

    assert answer == MentorAnswer(
        id=NEW,
        status="paused",
        confirmed=True,
        version=2,
        created_at=NOW,
        updated_at=NOW,
        **msgspec.structs.asdict(RICH),
    )


async def test_an_address_is_one_mentors_only_however_it_is_written(story: UseCases) -> None:
    await story.given(address(story, RICH.email), EmailAddressClaimed(at=NOW, holder=MENTOR))
    shouted = msgspec.structs.replace(RICH, email=RICH.email.upper())

    await create(story, profile=shouted).then_refused("email-taken")


async def given_an_invited_mentor(story: UseCases) -> None:
    created = MentorCreated(at=NOW, profile=RICH, origin=Origin.IMPORT)
    await story.given(Mentor(id=MENTOR), created, invitation())


async def test_who_is_invited_again_has_a_new_invitation(story: UseCases) -> None:
    await given_an_invited_mentor(story)

    answer = await invite(story).then((Mentor(id=MENTOR), invitation()))

    assert (answer.id, answer.version, answer.external_id) == (MENTOR, 3, "A-1")


async def test_who_has_an_account_needs_no_invitation(story: UseCases) -> None:
    await given_a_mentor(story)

    await invite(story).then_refused("already-has-account")


@pytest.mark.parametrize(
    ("before", "to", "fact"),
    [
        (None, Standing.PAUSED, MentorPaused(at=NOW)),
        (MentorPaused(at=NOW), Standing.ACTIVATED, MentorActivated(at=NOW)),
        (None, Standing.CONFIRMED, MentorConfirmed(at=NOW)),
    ],
)
async def test_a_mentors_standing_changes_and_changes_once(
    story: UseCases, before: Event | None, to: Standing, fact: Event
) -> None:
    await given_a_mentor(story)
    if before:
        await story.given(Mentor(id=MENTOR), before)

    first = await stand(story, to).then((Mentor(id=MENTOR), fact))
    again = await stand(story, to).then()

    assert (first.email, first.external_id) == (PROFILE.email, None)
    assert first == again


async def test_mentors_pause_themselves(story: UseCases) -> None:
    await given_a_mentor(story)

    answer = await stand(story, Standing.PAUSED, caller=THE_MENTOR).then(
        (Mentor(id=MENTOR), MentorPaused(at=NOW))
    )

    assert (answer.status, answer.confirmed) == ("paused", False)


@pytest.mark.parametrize("caller", [ANOTHER_MENTOR, THE_STUDENT])
async def test_nobody_else_changes_their_standing(story: UseCases, caller: Principal) -> None:
    await given_a_mentor(story)

    await stand(story, Standing.PAUSED, caller=caller).then_refused("not-yours")


async def test_who_has_seen_another_version_is_told_so(story: UseCases) -> None:
    await given_an_invited_mentor(story)
    seen = {"if_match": frozenset({1})}

    for asked in (invite(story, **seen), stand(story, Standing.PAUSED, **seen)):
        refused = await asked.then_refused("version-mismatch")
        assert refused.detail == "It has changed meanwhile: its version is 2."


async def test_what_there_is_not_is_not_found(story: UseCases) -> None:
    for asked in (invite(story), stand(story, Standing.PAUSED), look(story, AN_ADMIN)):
        refused = await asked.then_refused("not-found")
        assert refused.detail == "There is no such mentor."


CONTACT = {"email": PROFILE.email, "mobile_number": None}


@pytest.mark.parametrize(
    ("caller", "contact"),
    [
        (None, {}),
        (ANOTHER_STUDENT, {}),
        (ANOTHER_MENTOR, {}),
        (THE_STUDENT, CONTACT),
        (THE_MENTOR, {**CONTACT, "external_id": None}),
        (AN_ADMIN, {**CONTACT, "external_id": None}),
    ],
)
async def test_how_to_reach_a_mentor_is_told_to_those_who_have_a_session(
    story: UseCases, caller: Principal | None, contact: dict[str, object]
) -> None:
    await given_a_mentor(story)
    known = Acquaintances()
    known.pairs.add((STUDENT, MENTOR))

    answer = await look(story, caller, known).then(kept=False)

    told = msgspec.to_builtins(answer)
    assert {name: told[name] for name in (*CONTACT, "external_id") if name in told} == contact
    assert (answer.name, answer.version) == (PROFILE.name, 1)


async def test_while_the_lists_are_behind_nobody_is_known_to_have_one(story: UseCases) -> None:
    await given_a_mentor(story)
    known = Acquaintances()
    known.pairs.add((STUDENT, MENTOR))
    known.up_to_date = False

    answer = await look(story, THE_STUDENT, known).then(kept=False)

    assert answer.email is msgspec.UNSET
