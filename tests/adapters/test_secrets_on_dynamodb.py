"""Secrets on DynamoDB: what changes between two looks, what is forgotten, what goes wrong."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any, NamedTuple

import pytest

from mentorbooking.adapters.event_store.dynamodb.aggregate_store import DynamoDBAggregateStore
from mentorbooking.adapters.event_store.dynamodb.answered_requests import DynamoDBAnsweredRequests
from mentorbooking.adapters.event_store.dynamodb.credentials import DynamoDBCredentials
from mentorbooking.adapters.ids import MonotonicIds
from mentorbooking.adapters.persistence.dynamodb_log.log import DynamoDBLog
from mentorbooking.application.context import CommandContext, enter_context
from mentorbooking.application.ports.aggregate_store import (
    AddressKeyChanged,
    Alongside,
    ConcurrentChange,
    PasswordSet,
    SessionsRevoked,
)
from mentorbooking.application.ports.credentials import Credential, StoredRefreshToken
from mentorbooking.application.ports.ids import Ids
from mentorbooking.application.ports.unavailable import StoreUnavailable
from mentorbooking.domain.student_calendar.calendar import StudentCalendar
from mentorbooking.domain.user_account.sessions import LONGEST_SESSION
from tests.support.dynamodb_logs import CountingClient, new_log, stored_items
from tests.support.faulty_dynamodb import FaultyClient, after, lost_answer, no_connection
from tests.support.fixed import NOW, USER
from tests.support.moving_clock import MovingClock
from tests.support.patience import PATIENCE

pytestmark = pytest.mark.anyio

TOKEN = StoredRefreshToken(
    token_hash="first",
    family="session_1",
    user_id=USER,
    issued_at=NOW,
    family_started_at=NOW,
)
SUCCESSOR = StoredRefreshToken(
    token_hash="second",
    family="session_1",
    user_id=USER,
    issued_at=NOW,
    family_started_at=NOW,
)


class Place(NamedTuple):
    """One process: its log, and what stands on it."""

    log: DynamoDBLog
    store: DynamoDBAggregateStore
    credentials: DynamoDBCredentials
    ids: Ids

    async def beside_an_event(self, *alongside: Alongside) -> None:
        enter_context(CommandContext(actor="system", channel="job", correlation_id="r"))
        made = StudentCalendar.open(self.ids.new("student"), user_id=USER, now=NOW)
        await self.store.save(made, alongside=alongside)


async def place(client: Any, table: str, *, seed: int = 1, patience: float = PATIENCE) -> Place:
    log, clock = DynamoDBLog(client, table, patience=patience), MovingClock()
    ids = MonotonicIds(clock, Random(seed).getrandbits)
    store = DynamoDBAggregateStore(log, clock, ids)
    return Place(log, store, await DynamoDBCredentials.open(log), ids)


@pytest.fixture
async def one(dynamodb: Any) -> Place:
    """A process, in which somebody has registered."""
    made = await place(dynamodb, (await new_log(dynamodb)).table)
    await made.beside_an_event(PasswordSet(USER, "key", "hash"))
    return made


async def test_an_address_that_changes_between_look_and_append_is_a_conflict(
    dynamodb: Any, one: Place
) -> None:
    faulty = FaultyClient(dynamodb)
    slow = await place(faulty, one.log.table, seed=2)

    async def moved() -> None:
        await one.beside_an_event(AddressKeyChanged(USER, "moved"))

    faulty.plan("transact_write_items", after(moved))
    with pytest.raises(ConcurrentChange) as conflict:
        await slow.beside_an_event(AddressKeyChanged(USER, "slow"))
    assert conflict.value.stream == USER
    await slow.beside_an_event(AddressKeyChanged(USER, "slow"))
    found = [await one.credentials.by_address(key) for key in ("key", "moved", "slow")]
    assert found == [None, None, Credential(USER, "slow", "hash")]


async def test_an_address_that_was_left_between_two_looks_is_nobodys(
    dynamodb: Any, one: Place
) -> None:
    faulty = FaultyClient(dynamodb)
    slow = await place(faulty, one.log.table)

    async def nothing() -> None:
        return None

    async def moved() -> None:
        await one.beside_an_event(AddressKeyChanged(USER, "moved"))

    faulty.plan("get_item", after(nothing), after(moved))
    assert await slow.credentials.by_address("key") is None


async def test_what_is_left_behind_is_what_is_needed(dynamodb: Any, one: Place) -> None:
    await one.beside_an_event(AddressKeyChanged(USER, "moved"))
    kept = [pk for pk, _ in await stored_items(dynamodb, one.log.table) if pk[:2] in ("A#", "U#")]
    assert sorted(kept) == ["A#moved", f"U#{USER}"]


async def test_tokens_are_forgotten_when_none_of_their_family_can_work(
    dynamodb: Any, one: Place
) -> None:
    await one.credentials.add_refresh_token(TOKEN)
    await one.credentials.revoke_family("session_1", NOW + timedelta(days=1, microseconds=1))
    items = await stored_items(dynamodb, one.log.table)
    token, family = items["K#first", 0], items["F#session_1", 0]
    assert int(token["ttl"]["N"]) == (NOW + LONGEST_SESSION).timestamp()
    assert int(family["ttl"]["N"]) == (NOW + LONGEST_SESSION).timestamp() + 86_400 + 1


async def test_a_rotation_whose_answer_was_lost_counts_once(dynamodb: Any, one: Place) -> None:
    await one.credentials.add_refresh_token(TOKEN)
    faulty = FaultyClient(dynamodb)
    unlucky = await place(faulty, one.log.table)
    faulty.plan("transact_write_items", lost_answer)
    assert await unlucky.credentials.rotate(TOKEN, SUCCESSOR)
    assert await one.credentials.refresh_token("second") == SUCCESSOR


async def test_sessions_that_end_between_look_and_rotation_stay_ended(
    dynamodb: Any, one: Place
) -> None:
    await one.credentials.add_refresh_token(TOKEN)
    faulty = FaultyClient(dynamodb)
    slow = await place(faulty, one.log.table)

    async def ended() -> None:
        await one.beside_an_event(SessionsRevoked(USER))

    faulty.plan("transact_write_items", after(ended))
    assert not await slow.credentials.rotate(TOKEN, SUCCESSOR)
    assert await one.credentials.refresh_token("second") is None


async def test_a_sign_in_that_sessions_end_beside_ends_too(dynamodb: Any, one: Place) -> None:
    """It had looked before they ended: as if it had been first."""
    faulty = FaultyClient(dynamodb)
    slow = await place(faulty, one.log.table)

    async def ended() -> None:
        await one.beside_an_event(SessionsRevoked(USER))

    faulty.plan("transact_write_items", after(ended))
    await slow.credentials.add_refresh_token(TOKEN)
    found = await one.credentials.refresh_token("first")
    assert found is not None
    assert found.revoked_at == NOW


async def test_a_table_out_of_reach_is_said_to_be(dynamodb: Any, one: Place) -> None:
    faulty: Any = FaultyClient(dynamodb)
    cut_off = await place(faulty, one.log.table, patience=0.05)
    for operation in ("get_item", "query", "transact_write_items"):
        faulty.always(operation, no_connection)
    credentials, answered = cut_off.credentials, DynamoDBAnsweredRequests(cut_off.log)
    for asking in (
        credentials.by_address("key"),
        credentials.by_user(USER),
        credentials.refresh_token("first"),
        credentials.add_refresh_token(TOKEN),
        credentials.rotate(TOKEN, SUCCESSOR),
        credentials.revoke_family("session_1", NOW),
        answered.find(USER, "key", NOW),
        DynamoDBCredentials.open(DynamoDBLog(faulty, one.log.table, patience=0.05)),
        cut_off.beside_an_event(SessionsRevoked(USER)),
    ):
        with pytest.raises(StoreUnavailable):
            await asking


async def test_to_sign_in_is_two_units_and_to_look_at_a_token_three(
    dynamodb: Any, one: Place
) -> None:
    await one.credentials.add_refresh_token(TOKEN)
    counting = CountingClient(dynamodb)
    reader = await place(counting, one.log.table)
    counting.forget()
    await reader.credentials.by_address("key")
    assert counting.units == {"get_item": 2.0}
    counting.forget()
    await reader.credentials.refresh_token("first")
    assert counting.units == {"get_item": 3.0}
