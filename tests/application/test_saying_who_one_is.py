"""One's own account: name, zone and password, and the profile that says the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mentorbooking.application.principal import Principal
from mentorbooking.application.use_cases.accounts.get_me import GetMe, GetMeHandler
from mentorbooking.domain.kernel.errors import InvalidContent
from mentorbooking.domain.mentor.events import MentorProfileChanged
from mentorbooking.domain.mentor.mentor import Mentor
from mentorbooking.domain.mentor.profile import ProfileChanges
from mentorbooking.domain.user_account.account import UserAccount
from mentorbooking.domain.user_account.events import AccountChanged, PasswordChanged
from mentorbooking.domain.user_account.role import Role
from tests.support.fixed import NOW
from tests.support.reception import CLIENT, EMAIL, NEW_USER, PASSWORD, Reception, reception

pytestmark = pytest.mark.anyio

ANOTHER = "another horse, another battery"
NAME = "Sam Student"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Reception]:
    with reception(tmp_path) as opened:
        yield opened


async def test_everybody_sees_their_own_account(desk: Reception) -> None:
    caller = await desk.has_somebody()
    handle = GetMeHandler(desk.story.aggregates)

    answer = await desk.story.when(handle, GetMe(caller)).then(kept=False)

    assert (answer.id, answer.email, answer.student_id) == (NEW_USER, EMAIL, caller.student_id)
    stranger = Principal("user_unknown", Role.STUDENT)
    await desk.story.when(handle, GetMe(stranger)).then_refused("not-found")


@pytest.mark.parametrize(
    ("wishes", "fact"),
    [
        ({"name": "Sam"}, AccountChanged(at=NOW, name="Sam")),
        ({"time_zone": "Asia/Kolkata"}, AccountChanged(at=NOW, time_zone="Asia/Kolkata")),
    ],
)
async def test_name_and_zone_are_what_their_owner_says(
    desk: Reception, wishes: dict[str, Any], fact: AccountChanged
) -> None:
    caller = await desk.has_somebody()

    answer = await desk.update_me(caller, **wishes).then(
        (UserAccount(id=NEW_USER), fact), kept=False
    )

    assert (answer.name, answer.time_zone) == (fact.name or NAME, fact.time_zone or "UTC")
    assert answer.version == 2


@pytest.mark.parametrize("wishes", [{"name": "Sam"}, {"time_zone": "Asia/Kolkata"}])
async def test_a_mentors_profile_says_the_same(desk: Reception, wishes: dict[str, Any]) -> None:
    caller = await desk.has_somebody(Role.MENTOR)
    assert caller.mentor_id

    await desk.update_me(caller, **wishes).then(
        (UserAccount(id=NEW_USER), AccountChanged(at=NOW, **wishes)),
        (
            Mentor(id=caller.mentor_id),
            MentorProfileChanged(at=NOW, changes=ProfileChanges(**wishes)),
        ),
        kept=False,
    )


async def test_a_profile_that_said_something_else_is_put_right(desk: Reception) -> None:
    caller = await desk.has_somebody(Role.MENTOR)
    assert caller.mentor_id
    other = MentorProfileChanged(at=NOW, changes=ProfileChanges(name="Somebody"))
    await desk.story.given(Mentor(id=caller.mentor_id), other)

    await desk.update_me(caller, name=NAME).then(
        (
            Mentor(id=caller.mentor_id),
            MentorProfileChanged(at=NOW, changes=ProfileChanges(name=NAME)),
        ),
        kept=False,
    )


async def test_what_is_so_already_is_no_fact(desk: Reception) -> None:
    caller = await desk.has_somebody()

    await desk.update_me(caller, name=NAME, time_zone="UTC").then(kept=False)
    assert desk.story.kept == []


async def test_with_a_new_password_everybody_has_to_sign_in_again(desk: Reception) -> None:
    caller = await desk.has_somebody()
    tokens = await desk.sign_in().then(kept=False)
    desk.throttle.hits.clear()
    desk.throttle.successes.clear()

    await desk.update_me(caller, password=ANOTHER, current_password=PASSWORD).then(
        (UserAccount(id=NEW_USER), PasswordChanged(at=NOW)), kept=False
    )

    assert desk.throttle.hits == desk.throttle.successes == [("token", desk.key(), CLIENT)]
    await desk.refresh(tokens.refresh_token).then_refused("invalid-refresh-token")
    await desk.sign_in().then_refused("invalid-credentials")
    await desk.sign_in(password=ANOTHER).then(kept=False)


@pytest.mark.parametrize(
    ("current", "code", "words"),
    [
        (None, "missing-value", "A new password needs the current one."),
        ("a guess", "wrong-password", "This is not your password."),
    ],
)
async def test_a_new_password_needs_the_current_one(
    desk: Reception, current: str | None, code: str, words: str
) -> None:
    caller = await desk.has_somebody()

    asked = desk.update_me(caller, password=ANOTHER, current_password=current)
    refused = await asked.then_refused("invalid-content")

    assert isinstance(refused, InvalidContent)
    (error,) = refused.errors
    assert (error.pointer, error.code, error.detail) == ("#/current_password", code, words)
    assert desk.throttle.successes == []


async def test_guessing_it_is_counted(desk: Reception) -> None:
    caller = await desk.has_somebody()

    await desk.update_me(caller, password=ANOTHER, current_password="a guess").then_refused(
        "invalid-content"
    )
    assert desk.throttle.hits == [("token", desk.key(), CLIENT)]
    desk.throttle.closed = True
    await desk.update_me(caller, password=ANOTHER, current_password=PASSWORD).then_refused(
        "too-many-requests"
    )


async def test_who_has_no_password_here_can_not_change_it(desk: Reception) -> None:
    stranger = Principal("user_of_a_pool", Role.STUDENT)

    await desk.update_me(stranger, password=ANOTHER, current_password=PASSWORD).then_refused(
        "invalid-content"
    )
    assert desk.throttle.hits == [("token", None, CLIENT)]


async def test_who_has_seen_another_version_is_told_so(desk: Reception) -> None:
    caller = await desk.has_somebody()

    await desk.update_me(caller, name="Sam", if_match=frozenset({2})).then_refused(
        "version-mismatch"
    )
