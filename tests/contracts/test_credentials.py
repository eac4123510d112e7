"""What Credentials promise. Add an adapter: add its backend to ``stores``."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from mentorbooking.application.context import CommandContext, enter_context
from mentorbooking.application.ports.aggregate_store import Alongside, PasswordSet, SessionsRevoked
from mentorbooking.application.ports.credentials import StoredRefreshToken
from mentorbooking.domain.student_calendar.calendar import StudentCalendar
from tests.support.event_stores import EventStores, Stores
from tests.support.fixed import HOUR, NOW, USER

pytestmark = pytest.mark.anyio


@pytest.fixture
async def one(stores: EventStores) -> Stores:
    """A process, in which somebody has registered."""
    started = await stores.start()
    await beside_an_event(started, PasswordSet(USER, "key", "hash"))
    return started


@pytest.fixture
async def other(stores: EventStores, one: Stores) -> Stores:
    return await stores.start()


async def beside_an_event(stores: Stores, *alongside: Alongside) -> None:
    enter_context(CommandContext(actor="system", channel="job", correlation_id="r"))
    number = await stores.log.head()
    made = StudentCalendar.open(f"student_{number}", user_id=USER, now=NOW)
    await stores.aggregates.save(made, alongside=alongside)


def token(name: str, family: str = "session_1", *, user: str = USER) -> StoredRefreshToken:
    return StoredRefreshToken(
        token_hash=name,
        family=family,
        user_id=user,
        issued_at=NOW + timedelta(microseconds=1),
        family_started_at=NOW,
    )


async def is_revoked(stores: Stores, name: str) -> bool:
    found = await stores.credentials.refresh_token(name)
    assert found is not None
    return found.revoked_at is not None


# -- addresses -------------------------------------------------------------


async def test_an_address_has_one_key_however_it_is_written(one: Stores, other: Stores) -> None:
    key = one.credentials.address_key("Ada@Example.org")
    assert other.credentials.address_key(" ada@EXAMPLE.org ") == key
    assert one.credentials.address_key("ada@example.com") != key
    assert "ada@" not in key.lower()
    assert "example" not in key.lower()


async def test_what_is_no_address_has_a_key_that_nobody_holds(one: Stores) -> None:
    key = one.credentials.address_key("nobody at all")
    assert await one.credentials.by_address(key) is None


async def test_nobody_is_found_where_nobody_is(one: Stores) -> None:
    assert await one.credentials.by_address("other") is None
    assert await one.credentials.by_user("user_2") is None
    assert await one.credentials.refresh_token("none") is None


# -- refresh tokens --------------------------------------------------------


async def test_a_token_is_kept_as_it_is(one: Stores, other: Stores) -> None:
    await one.credentials.add_refresh_token(token("first"))
    for stores in (one, other):
        assert await stores.credentials.refresh_token("first") == token("first")


async def test_a_token_is_used_up_by_its_successor(one: Stores, other: Stores) -> None:
    await one.credentials.add_refresh_token(token("first"))
    presented = await other.credentials.refresh_token("first")
    assert presented is not None
    successor = StoredRefreshToken(
        token_hash="second",
        family=presented.family,
        user_id=USER,
        issued_at=NOW + HOUR,
        family_started_at=presented.family_started_at,
    )
    assert await other.credentials.rotate(presented, successor)
    used = await one.credentials.refresh_token("first")
    assert used is not None
    assert (used.used_at, used.revoked_at) == (NOW + HOUR, None)
    assert await one.credentials.refresh_token("second") == successor


async def test_a_token_works_once(one: Stores, other: Stores) -> None:
    await one.credentials.add_refresh_token(token("first"))
    assert await one.credentials.rotate(token("first"), token("second"))
    for stores in (one, other):
        assert not await stores.credentials.rotate(token("first"), token("third"))
    assert await one.credentials.refresh_token("third") is None


async def test_what_was_never_issued_can_not_be_used(one: Stores) -> None:
    assert not await one.credentials.rotate(token("first"), token("second"))
    assert await one.credentials.refresh_token("second") is None


async def test_of_many_who_use_a_token_at_once_one_gets_a_successor(
    one: Stores, other: Stores
) -> None:
    await one.credentials.add_refresh_token(token("first"))
    rotated = await asyncio.gather(
        *(
            (one, other)[n % 2].credentials.rotate(token("first"), token(f"successor_{n}"))
            for n in range(8)
        )
    )
    assert sorted(rotated) == [False] * 7 + [True]
    for n, won in enumerate(rotated):
        found = await other.credentials.refresh_token(f"successor_{n}")
        assert (found is not None) == won


async def test_a_family_is_revoked_with_all_its_members(one: Stores, other: Stores) -> None:
    await one.credentials.add_refresh_token(token("first"))
    await one.credentials.rotate(token("first"), token("second"))
    await one.credentials.add_refresh_token(token("elsewhere", "session_2"))
    await other.credentials.revoke_family("session_1", NOW + HOUR)
    await other.credentials.revoke_family("session_1", NOW + 2 * HOUR)
    for name in ("first", "second"):
        found = await one.credentials.refresh_token(name)
        assert found is not None
        assert found.revoked_at == NOW + HOUR
    assert not await is_revoked(one, "elsewhere")
    assert not await one.credentials.rotate(token("second"), token("third"))
    assert await one.credentials.rotate(token("elsewhere", "session_2"), token("more", "session_2"))


async def test_a_successor_made_while_its_family_is_revoked_does_not_work(
    one: Stores, other: Stores
) -> None:
    for n in range(10):
        first, second, family = f"first_{n}", f"second_{n}", f"session_{n}"
        await one.credentials.add_refresh_token(token(first, family))
        await asyncio.gather(
            one.credentials.rotate(token(first, family), token(second, family)),
            other.credentials.revoke_family(family, NOW + HOUR),
        )
        successor = await one.credentials.refresh_token(second)
        assert successor is None or not await one.credentials.rotate(
            token(second, family), token("third", family)
        )


async def test_all_sessions_of_an_account_end_and_later_ones_do_not(
    one: Stores, other: Stores
) -> None:
    """By what came first, not by clocks: all of it happens within one instant here."""
    for name, family in (("first", "session_1"), ("second", "session_2")):
        await one.credentials.add_refresh_token(token(name, family))
    await one.credentials.rotate(token("first"), token("successor"))
    await one.credentials.add_refresh_token(token("others", "session_3", user="user_2"))
    await beside_an_event(one, SessionsRevoked(USER))
    await other.credentials.add_refresh_token(token("later", "session_4"))
    for stores in (one, other):
        for name in ("first", "second", "successor"):
            assert await is_revoked(stores, name)
        for name in ("others", "later"):
            assert not await is_revoked(stores, name)
    assert not await one.credentials.rotate(token("successor"), token("third"))
    assert await one.credentials.rotate(token("later", "session_4"), token("last", "session_4"))
    assert not await is_revoked(one, "last")
    await beside_an_event(other, SessionsRevoked(USER))
    for name in ("later", "last"):
        assert await is_revoked(one, name)


async def test_a_session_that_ended_with_a_password_stays_ended(one: Stores) -> None:
    await one.credentials.add_refresh_token(token("first"))
    await beside_an_event(one, PasswordSet(USER, "key", "other"), SessionsRevoked(USER))
    await one.credentials.revoke_family("session_1", NOW + HOUR)
    found = await one.credentials.refresh_token("first")
    assert found is not None
    assert found.revoked_at == NOW
    signed_in = await one.credentials.by_address("key")
    assert signed_in is not None
    assert signed_in.password_hash == "other"


async def test_sessions_end_while_tokens_are_used(one: Stores, other: Stores) -> None:
    """Whoever comes first: what was issued before does not work any more."""
    for n in range(10):
        first, second, family = f"first_{n}", f"second_{n}", f"session_{n}"
        await one.credentials.add_refresh_token(token(first, family))
        await asyncio.gather(
            one.credentials.rotate(token(first, family), token(second, family)),
            beside_an_event(other, SessionsRevoked(USER)),
        )
        for name in (first, second):
            assert not await other.credentials.rotate(token(name, family), token("x", family))
