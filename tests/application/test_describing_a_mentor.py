"""A mentor's profile and account say the same; another address changes hands in one append."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from mentorbooking.application.answers.mentor import MentorAnswer
from mentorbooking.application.ports.aggregate_store import PasswordSet
from mentorbooking.application.principal import Principal
from mentorbooking.application.use_cases.mentors.update_mentor import (
    UpdateMentor,
    UpdateMentorHandler,
)
from mentorbooking.domain.email_address.address import EmailAddress
from mentorbooking.domain.email_address.events import EmailAddressClaimed, EmailAddressReleased
from mentorbooking.domain.mentor.events import (
    MentorCreated,
    MentorInvited,
    MentorProfileChanged,
    Origin,
)
from mentorbooking.domain.mentor.mentor import Mentor
from mentorbooking.domain.mentor.profile import ProfileChanges
from mentorbooking.domain.user_account.account import UserAccount
from mentorbooking.domain.user_account.events import (
    AccountChanged,
    AccountEmailChanged,
    AccountRegistered,
)
from mentorbooking.domain.user_account.role import Role
from tests.support.fixed import MENTOR, NOW
from tests.support.people import (
    ADMIN_USER,
    AN_ADMIN,
    ANOTHER_MENTOR,
    MENTOR_USER,
    PROFILE,
    THE_MENTOR,
    THE_STUDENT,
    given_a_mentor,
)
from tests.support.use_cases import Asked, Fact, UseCases, id_to_come, use_cases

pytestmark = pytest.mark.anyio

NEW_EMAIL = "lovelace@people.example"


@pytest.fixture
def story(tmp_path: Path) -> Iterator[UseCases]:
    with use_cases(tmp_path) as story:
        yield story


def change(
    story: UseCases, changes: ProfileChanges, **wishes: Any
) -> Asked[UpdateMentor, MentorAnswer]:
    known = {"caller": THE_MENTOR, "mentor_id": MENTOR, "changes": changes}
    handle = UpdateMentorHandler(story.aggregates, story.credentials, story.clock, story.ids)
    return story.when(handle, UpdateMentor(**{**known, **wishes}))


def address(story: UseCases, email: str) -> EmailAddress:
    return EmailAddress(id=story.credentials.address_key(email))


def changed(changes: ProfileChanges) -> Fact:
    return Mentor(id=MENTOR), MentorProfileChanged(at=NOW, changes=changes)


async def given_who_signs_in(story: UseCases) -> None:
    """Let the mentor have an account with the address and the zone of the profile."""
    await given_a_mentor(story)
    key = story.credentials.address_key(PROFILE.email)
    await story.given(EmailAddress(id=key), EmailAddressClaimed(at=NOW, holder=MENTOR_USER))
    registered = UserAccount(id=MENTOR_USER).decide(
        AccountRegistered(
            at=NOW,
            email=PROFILE.email,
            name=PROFILE.name,
            role=Role.MENTOR,
            time_zone=PROFILE.time_zone,
            mentor_id=MENTOR,
        )
    )
    await story.aggregates.save(registered, alongside=[PasswordSet(MENTOR_USER, key, "hash")])


async def given_who_is_invited(story: UseCases) -> None:
    """Let the mentor have no account yet."""
    created = MentorCreated(at=NOW, profile=PROFILE, origin=Origin.IMPORT)
    await story.given(Mentor(id=MENTOR), created)
    claimed = EmailAddressClaimed(at=NOW, holder=MENTOR)
    await story.given(address(story, PROFILE.email), claimed)


async def test_what_only_the_profile_tells_changes_the_profile(story: UseCases) -> None:
    await given_who_signs_in(story)
    wanted = ProfileChanges(bio="Engines.", name=PROFILE.name)

    answer = await change(story, wanted).then(changed(ProfileChanges(bio="Engines.")), kept=False)

    assert (answer.bio, answer.version, answer.email) == ("Engines.", 2, PROFILE.email)


@pytest.mark.parametrize(
    ("changes", "fact"),
    [
        (ProfileChanges(name="Ada King"), AccountChanged(at=NOW, name="Ada King")),
        (ProfileChanges(time_zone="UTC"), AccountChanged(at=NOW, time_zone="UTC")),
    ],
)
async def test_name_and_zone_are_those_of_the_account_too(
    story: UseCases, changes: ProfileChanges, fact: AccountChanged
) -> None:
    await given_who_signs_in(story)

    await change(story, changes).then(
        changed(changes), (UserAccount(id=MENTOR_USER), fact), kept=False
    )


async def test_with_another_address_the_account_signs_in_with_that(story: UseCases) -> None:
    await given_who_signs_in(story)
    changes = ProfileChanges(email=NEW_EMAIL)

    await change(story, changes, caller=AN_ADMIN).then(
        changed(changes),
        (address(story, NEW_EMAIL), EmailAddressClaimed(at=NOW, holder=MENTOR_USER)),
        (address(story, PROFILE.email), EmailAddressReleased(at=NOW)),
        (UserAccount(id=MENTOR_USER), AccountEmailChanged(at=NOW, email=NEW_EMAIL)),
        kept=False,
    )

    credentials = story.credentials
    known = await credentials.by_address(credentials.address_key(NEW_EMAIL))
    assert known is not None
    assert (known.user_id, known.password_hash) == (MENTOR_USER, "hash")
    assert await credentials.by_address(credentials.address_key(PROFILE.email)) is None


async def test_an_address_in_other_letters_is_the_same_address(story: UseCases) -> None:
    await given_who_signs_in(story)
    changes = ProfileChanges(email="Ada@people.example")

    await change(story, changes, caller=AN_ADMIN).then(
        changed(changes),
        (UserAccount(id=MENTOR_USER), AccountEmailChanged(at=NOW, email="Ada@people.example")),
        kept=False,
    )


async def test_who_has_no_account_yet_is_invited_under_the_other_address(story: UseCases) -> None:
    await given_who_is_invited(story)
    changes = ProfileChanges(email=NEW_EMAIL)
    invited = MentorInvited(
        at=NOW,
        invitation_id=id_to_come("invitation"),
        expires_at=NOW + timedelta(days=7),
        invited_by=ADMIN_USER,
    )

    answer = await change(story, changes, caller=AN_ADMIN).then(
        changed(changes),
        (Mentor(id=MENTOR), invited),
        (address(story, NEW_EMAIL), EmailAddressClaimed(at=NOW, holder=MENTOR)),
        (address(story, PROFILE.email), EmailAddressReleased(at=NOW)),
        kept=False,
    )

    assert (answer.email, answer.version) == (NEW_EMAIL, 3)


@pytest.mark.parametrize(
    "changes", [ProfileChanges(bio="Engines."), ProfileChanges(email="ADA@people.example")]
)
async def test_for_less_than_another_address_nobody_is_invited_anew(
    story: UseCases, changes: ProfileChanges
) -> None:
    await given_who_is_invited(story)

    await change(story, changes, caller=AN_ADMIN).then(changed(changes), kept=False)


async def test_what_is_so_already_is_no_fact(story: UseCases) -> None:
    await given_who_signs_in(story)

    answer = await change(story, ProfileChanges(name=PROFILE.name)).then(kept=False)

    assert answer.version == 1


async def test_an_address_that_somebody_holds_is_theirs(story: UseCases) -> None:
    await given_who_signs_in(story)
    await story.given(address(story, NEW_EMAIL), EmailAddressClaimed(at=NOW, holder="user_9"))

    await change(story, ProfileChanges(email=NEW_EMAIL), caller=AN_ADMIN).then_refused(
        "email-taken"
    )


@pytest.mark.parametrize(
    "changes",
    [
        ProfileChanges(email=NEW_EMAIL),
        ProfileChanges(premium=True),
        ProfileChanges(external_id="A-1"),
    ],
)
async def test_some_things_only_admins_say(story: UseCases, changes: ProfileChanges) -> None:
    await given_who_signs_in(story)

    refused = await change(story, changes).then_refused("not-yours")

    assert refused.detail == f"Only admins may change {', '.join(changes.given())}."


async def test_all_of_them_are_named(story: UseCases) -> None:
    await given_who_signs_in(story)

    refused = await change(story, ProfileChanges(email=NEW_EMAIL, premium=True)).then_refused(
        "not-yours"
    )

    assert refused.detail == "Only admins may change email, premium."


@pytest.mark.parametrize("caller", [ANOTHER_MENTOR, THE_STUDENT])
async def test_nobody_else_describes_a_mentor(story: UseCases, caller: Principal) -> None:
    await given_who_signs_in(story)

    await change(story, ProfileChanges(bio="x"), caller=caller).then_refused("not-yours")


async def test_who_has_seen_another_version_is_told_so(story: UseCases) -> None:
    await given_who_signs_in(story)

    asked = change(story, ProfileChanges(bio="x"), if_match=frozenset({2}))
    await asked.then_refused("version-mismatch")
