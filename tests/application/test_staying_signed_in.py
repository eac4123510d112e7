"""Signing in and staying so: tokens tell who somebody is, each refresh token works once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from mentorbooking.application.answers.account import TokensAnswer
from mentorbooking.domain.user_account.role import Role
from mentorbooking.domain.user_account.sessions import LONGEST_IDLE, LONGEST_SESSION
from tests.support.reception import CLIENT, EMAIL, Reception, reception
from tests.support.use_cases import id_to_come

pytestmark = pytest.mark.anyio

MOMENT = timedelta(seconds=1)
NOT_ANY_MORE = "The refresh token does not work; sign in again."


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Reception]:
    with reception(tmp_path) as opened:
        yield opened


async def signed_in(desk: Reception) -> TokensAnswer:
    return await desk.sign_in().then(kept=False)


async def refused(desk: Reception, token: str) -> None:
    assert (await desk.refresh(token).then_refused("invalid-refresh-token")).detail == NOT_ANY_MORE


@pytest.mark.parametrize("role", list(Role))
async def test_a_token_tells_who_has_signed_in(desk: Reception, role: Role) -> None:
    somebody = await desk.has_somebody(role)
    now = desk.story.clock.now()

    first = await desk.sign_in(email=EMAIL.upper()).then(kept=False)
    second = await desk.refresh(first.refresh_token).then(kept=False)

    for tokens in (first, second):
        assert desk.tokens.verify(tokens.access_token, now) == somebody
        assert (tokens.token_type, tokens.expires_in) == ("Bearer", 900)


@pytest.mark.parametrize(
    "wishes", [{"password": "something else"}, {"email": "nobody@people.example"}]
)
async def test_which_of_address_and_password_is_wrong_is_not_told(
    desk: Reception, wishes: dict[str, Any]
) -> None:
    await desk.has_somebody()

    why = await desk.sign_in(**wishes).then_refused("invalid-credentials")

    assert why.detail == "E-mail address and password do not match."
    assert desk.throttle.hits == [("token", desk.key(wishes.get("email", EMAIL)), CLIENT)]
    assert desk.throttle.successes == []


async def test_only_what_fails_is_counted_for_long(desk: Reception) -> None:
    await desk.has_somebody()

    await signed_in(desk)

    assert desk.throttle.hits == desk.throttle.successes == [("token", desk.key(), CLIENT)]


async def test_who_tries_too_often_is_not_even_heard(desk: Reception) -> None:
    await desk.has_somebody()
    tokens = await signed_in(desk)
    desk.throttle.closed = True

    await desk.sign_in().then_refused("too-many-requests")
    await desk.refresh(tokens.refresh_token).then_refused("too-many-requests")


async def test_refreshing_is_counted_for_whose_token_it_is(desk: Reception) -> None:
    await desk.has_somebody()
    tokens = await signed_in(desk)
    desk.throttle.hits.clear()

    await desk.refresh(tokens.refresh_token).then(kept=False)
    await refused(desk, "a token of nobody")

    assert desk.throttle.hits == [("refresh", desk.key(), CLIENT), ("refresh", None, CLIENT)]


async def test_a_token_that_is_used_twice_ends_its_whole_family_and_no_other(
    desk: Reception,
) -> None:
    await desk.has_somebody()
    first, another = await signed_in(desk), await signed_in(desk)
    second = await desk.refresh(first.refresh_token).then(kept=False)

    await refused(desk, first.refresh_token)

    await refused(desk, second.refresh_token)
    await desk.refresh(another.refresh_token).then(kept=False)


async def test_of_two_who_use_it_at_the_same_moment_neither_stays_signed_in(
    desk: Reception, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.has_somebody()
    first = await signed_in(desk)
    rotate = type(desk.story.credentials).rotate
    rivals = []

    async def somebody_is_faster(*known: Any) -> bool:
        monkeypatch.undo()
        rivals.append(await desk.refresh(first.refresh_token).then(kept=False))
        return await rotate(*known)

    monkeypatch.setattr(type(desk.story.credentials), "rotate", somebody_is_faster)

    await refused(desk, first.refresh_token)
    await refused(desk, rivals[0].refresh_token)


async def test_a_token_that_lies_idle_expires(desk: Reception) -> None:
    await desk.has_somebody()
    first, other = await signed_in(desk), await signed_in(desk)
    desk.story.clock.advance(LONGEST_IDLE - MOMENT)
    await desk.refresh(first.refresh_token).then(kept=False)
    desk.story.clock.advance(MOMENT)

    await refused(desk, other.refresh_token)


async def test_however_often_it_is_refreshed_a_session_ends(desk: Reception) -> None:
    await desk.has_somebody()
    tokens = await signed_in(desk)
    for _ in range(4):
        desk.story.clock.advance(LONGEST_SESSION / 4 - MOMENT)
        tokens = await desk.refresh(tokens.refresh_token).then(kept=False)

    desk.story.clock.advance(4 * MOMENT)

    await refused(desk, tokens.refresh_token)


async def test_a_session_has_an_id_and_the_token_is_kept_as_a_hash(desk: Reception) -> None:
    somebody = await desk.has_somebody()
    tokens = await signed_in(desk)
    successor = await desk.refresh(tokens.refresh_token).then(kept=False)

    hashes = [desk.refresh_tokens.hash_of(each.refresh_token) for each in (tokens, successor)]
    kept = [await desk.story.credentials.refresh_token(each) for each in hashes]

    assert all(each is not None for each in kept)
    assert {(each.family, each.user_id) for each in kept if each} == {
        (id_to_come("session"), somebody.user_id)
    }
