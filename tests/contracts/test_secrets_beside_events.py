"""Secrets that land with events: both or neither, wherever they are kept."""

from __future__ import annotations

import asyncio

import pytest

from mentorbooking.application.context import CommandContext, enter_context
from mentorbooking.application.ports.aggregate_store import (
    AddressKeyChanged,
    ConcurrentChange,
    CredentialsInUse,
    PasswordSet,
    SessionsRevoked,
)
from mentorbooking.application.ports.credentials import Credential
from mentorbooking.domain.email_address.address import EmailAddress
from mentorbooking.domain.kernel.aggregate import Decision
from mentorbooking.domain.student_calendar.calendar import StudentCalendar
from tests.support.event_stores import EventStores, Stores
from tests.support.fixed import NOW, STUDENT, USER

pytestmark = pytest.mark.anyio


@pytest.fixture
async def one(stores: EventStores) -> Stores:
    return await stores.start()


@pytest.fixture
async def other(stores: EventStores) -> Stores:
    """Another process over the same log."""
    return await stores.start()


@pytest.fixture(autouse=True)
def somebody_acts(anyio_backend: str) -> None:
    enter_context(CommandContext(actor=f"user:{USER}", channel="http", correlation_id="r1"))


def opened(student_id: str = STUDENT) -> Decision[StudentCalendar]:
    """Return something that may happen beside any secret."""
    return StudentCalendar.open(student_id, user_id=USER, now=NOW)


async def test_secrets_land_with_the_events(one: Stores, other: Stores) -> None:
    claimed = EmailAddress(id="key").claim("user_1", now=NOW)
    await one.aggregates.save(claimed, alongside=[PasswordSet("user_1", "key", "hash")])
    for stores in (one, other):
        assert await stores.credentials.by_address("key") == Credential("user_1", "key", "hash")


async def test_secrets_do_not_land_without_them(one: Stores) -> None:
    await one.aggregates.save(opened())
    with pytest.raises(ConcurrentChange):
        await one.aggregates.save(opened(), alongside=[PasswordSet(USER, "key", "hash")])
    assert await one.credentials.by_address("key") is None
    assert await one.credentials.by_user(USER) is None


async def test_an_address_that_somebody_holds_refuses_all(one: Stores, other: Stores) -> None:
    first = EmailAddress(id="key").claim("user_1", now=NOW)
    await one.aggregates.save(first, alongside=[PasswordSet("user_1", "key", "hash")])
    for stores in (one, other):
        second = EmailAddress(id="other").claim("user_2", now=NOW)
        with pytest.raises(CredentialsInUse):
            await stores.aggregates.save(second, alongside=[PasswordSet("user_2", "key", "h")])
        assert not (await stores.aggregates.find(EmailAddress, "other")).exists
        assert await stores.credentials.by_user("user_2") is None
    assert await one.credentials.by_address("key") == Credential("user_1", "key", "hash")


async def test_of_many_who_want_an_address_at_once_one_gets_it(one: Stores, other: Stores) -> None:
    ended = await asyncio.gather(
        *(
            (one, other)[n % 2].aggregates.save(
                opened(f"student_{n}"), alongside=[PasswordSet(f"user_{n}", "key", "hash")]
            )
            for n in range(6)
        ),
        return_exceptions=True,
    )
    refused = [type(each) for each in ended if isinstance(each, Exception)]
    assert refused == [CredentialsInUse] * 5
    (winner,) = (n for n, each in enumerate(ended) if not isinstance(each, BaseException))
    held = await other.credentials.by_address("key")
    assert held == Credential(f"user_{winner}", "key", "hash")


async def test_another_password_leaves_the_address_as_it_is(one: Stores) -> None:
    await one.aggregates.save(opened(), alongside=[PasswordSet(USER, "key", "hash")])
    await one.aggregates.save(opened("s2"), alongside=[PasswordSet(USER, "stale", "other")])
    assert await one.credentials.by_user(USER) == Credential(USER, "key", "other")
    assert await one.credentials.by_address("key") == Credential(USER, "key", "other")
    assert await one.credentials.by_address("stale") is None


async def test_an_address_that_was_left_is_free_for_others(one: Stores, other: Stores) -> None:
    await one.aggregates.save(opened(), alongside=[PasswordSet(USER, "old", "hash")])
    await other.aggregates.save(opened("s1"), alongside=[AddressKeyChanged(USER, "new")])
    for stores in (one, other):
        assert await stores.credentials.by_address("old") is None
        assert await stores.credentials.by_address("new") == Credential(USER, "new", "hash")
    await one.aggregates.save(opened("s2"), alongside=[PasswordSet("user_2", "old", "h")])
    assert await other.credentials.by_address("old") == Credential("user_2", "old", "h")
    with pytest.raises(CredentialsInUse):
        await one.aggregates.save(opened("s3"), alongside=[AddressKeyChanged(USER, "old")])


async def test_an_account_may_get_the_address_that_it_has(one: Stores) -> None:
    await one.aggregates.save(opened(), alongside=[PasswordSet(USER, "key", "hash")])
    await one.aggregates.save(opened("s2"), alongside=[AddressKeyChanged(USER, "key")])
    assert await one.credentials.by_address("key") == Credential(USER, "key", "hash")


async def test_who_has_no_password_gets_no_address_either(one: Stores) -> None:
    await one.aggregates.save(opened(), alongside=[AddressKeyChanged(USER, "key")])
    await one.aggregates.save(opened("s2"), alongside=[SessionsRevoked(USER)])
    assert await one.credentials.by_user(USER) is None
    assert await one.credentials.by_address("key") is None


async def test_two_changes_of_one_account_land_together(one: Stores) -> None:
    await one.aggregates.save(opened(), alongside=[PasswordSet(USER, "old", "hash")])
    changes = (
        PasswordSet(USER, "old", "other"),
        AddressKeyChanged(USER, "new"),
        SessionsRevoked(USER),
    )
    await one.aggregates.save(opened("s2"), alongside=changes)
    assert await one.credentials.by_address("new") == Credential(USER, "new", "other")
    assert await one.credentials.by_address("old") is None


async def test_addresses_that_change_at_once_stay_of_one_account_each(
    one: Stores, other: Stores
) -> None:
    """Whoever comes through: who signs in with an address is who has it."""
    await one.aggregates.save(opened(), alongside=[PasswordSet(USER, "key_0", "hash")])
    ended = await asyncio.gather(
        *(
            (one, other)[n % 2].aggregates.save(
                opened(f"student_{n}"), alongside=[AddressKeyChanged(USER, f"key_{n}")]
            )
            for n in range(1, 7)
        ),
        return_exceptions=True,
    )
    refused = {type(each) for each in ended if isinstance(each, BaseException)}
    assert refused <= {ConcurrentChange}
    has = await one.credentials.by_user(USER)
    assert has is not None
    for n in range(7):
        found = await other.credentials.by_address(f"key_{n}")
        assert (found is not None) == (has.address_key == f"key_{n}")
