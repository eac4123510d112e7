"""What AnsweredRequests promise. Add an adapter: add its backend to ``stores``."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from mentorbooking.application.context import (
    CommandContext,
    IdempotentRequest,
    StoredAnswer,
    enter_context,
)
from mentorbooking.application.ports.aggregate_store import ConcurrentChange, IdempotencyKeyUsed
from mentorbooking.application.ports.idempotency import AnsweredRequest
from mentorbooking.application.positions import LogPlace
from mentorbooking.domain.student_calendar.calendar import StudentCalendar
from tests.support.event_stores import EventStores, Stores
from tests.support.fixed import NOW, USER

pytestmark = pytest.mark.anyio

DAY = timedelta(hours=24)
MOMENT = timedelta(microseconds=1)


async def answer(
    stores: Stores,
    answered: StoredAnswer,
    *,
    principal: str = "user_1",
    key: str = "key",
    request_hash: bytes = b"hash",
    student: str | None = None,
) -> LogPlace:
    """Answer a request that had an effect; return where that is."""
    request = IdempotentRequest(principal, key, request_hash, lambda told: told)
    enter_context(CommandContext("user:u", "http", "r", idempotent=request))
    student_id = student or f"student_{await stores.log.head()}"
    made = StudentCalendar.open(student_id, user_id=USER, now=NOW)
    return await stores.aggregates.save(made, answer=answered)


async def test_a_request_that_was_never_made(stores: EventStores) -> None:
    one = await stores.start()
    assert await one.answered.find("user_1", "key", NOW) is None


@pytest.mark.parametrize("body", [b"", b'{"name":"\xc3\xbc"}', bytes(range(256)) * 100])
@pytest.mark.parametrize("location", [None, "/bookings/1"])
async def test_an_answer_is_found_as_it_was_given(
    stores: EventStores, body: bytes, location: str | None
) -> None:
    one, other = await stores.start(), await stores.start()
    place = await answer(one, StoredAnswer(201, location, body), request_hash=b"\x00\xff")
    assert await one.log.position_at(place) == 1
    expected = AnsweredRequest(b"\x00\xff", StoredAnswer(201, location, body, position=place))
    for each in (one, other):
        assert await each.answered.find("user_1", "key", NOW) == expected


async def test_keys_are_of_who_sent_them(stores: EventStores) -> None:
    one = await stores.start()
    await answer(one, StoredAnswer(201, None, b"1"))
    await answer(one, StoredAnswer(201, None, b"2"), principal="user_2")
    await answer(one, StoredAnswer(201, None, b"3"), principal="user_1#key", key="")
    await answer(one, StoredAnswer(201, None, b"4"), principal="user_1", key="key#")
    found = [
        await one.answered.find(*place, NOW)
        for place in (("user_1", "key"), ("user_2", "key"), ("user_1#key", ""), ("user_1", "key#"))
    ]
    assert [each.answer.body for each in found if each] == [b"1", b"2", b"3", b"4"]


async def test_an_answer_is_kept_for_a_day_by_the_clock(stores: EventStores) -> None:
    one = await stores.start()
    await answer(one, StoredAnswer(201, None, b"1"))
    assert await one.answered.find("user_1", "key", NOW + DAY - MOMENT) is not None
    assert await one.answered.find("user_1", "key", NOW + DAY) is None


async def test_a_key_may_be_used_again_after_that(stores: EventStores) -> None:
    one = await stores.start()
    await answer(one, StoredAnswer(201, None, b"1"))
    stores.clock.advance(DAY - MOMENT)
    with pytest.raises(IdempotencyKeyUsed):
        await answer(one, StoredAnswer(201, None, b"2"))
    stores.clock.advance(MOMENT)
    place = await answer(one, StoredAnswer(201, None, b"2"))
    found = await one.answered.find("user_1", "key", stores.clock.now())
    assert found is not None
    assert (found.answer.body, found.answer.position) == (b"2", place)


# -- of several requests with one key --------------------------------------


@pytest.mark.parametrize("is_elsewhere", [False, True])
async def test_a_key_has_one_effect(stores: EventStores, is_elsewhere: bool) -> None:
    one, other = await stores.start(), await stores.start()
    await answer(one, StoredAnswer(201, None, b"1"))
    again = other if is_elsewhere else one
    with pytest.raises(IdempotencyKeyUsed):
        await answer(again, StoredAnswer(201, None, b"2"))
    assert await again.log.head() == 1


@pytest.mark.parametrize("is_elsewhere", [False, True])
async def test_who_repeats_a_request_is_told_so_though_it_moved_the_stream(
    stores: EventStores, is_elsewhere: bool
) -> None:
    one, other = await stores.start(), await stores.start()
    await answer(one, StoredAnswer(201, None, b"1"), student="student_1")
    again = other if is_elsewhere else one
    with pytest.raises(IdempotencyKeyUsed):
        await answer(again, StoredAnswer(201, None, b"1"), student="student_1")


async def test_of_requests_with_one_key_at_once_one_has_an_effect(stores: EventStores) -> None:
    places = await stores.start(), await stores.start()
    ended = await asyncio.gather(
        *(
            answer(places[n % 2], StoredAnswer(201, None, b"%d" % n), student=f"student_{n}")
            for n in range(6)
        ),
        return_exceptions=True,
    )
    refused = [type(each) for each in ended if isinstance(each, BaseException)]
    assert refused == [IdempotencyKeyUsed] * 5
    (winner,) = (n for n, each in enumerate(ended) if not isinstance(each, BaseException))
    found = await places[0].answered.find("user_1", "key", NOW)
    assert found is not None
    assert found.answer.body == b"%d" % winner
    assert await places[1].log.head() == 1


async def test_what_was_refused_leaves_no_answer(stores: EventStores) -> None:
    one = await stores.start()
    await answer(one, StoredAnswer(201, None, b"1"), key="first", student="student_1")
    with pytest.raises(ConcurrentChange):
        await answer(one, StoredAnswer(201, None, b"2"), student="student_1")
    assert await one.answered.find("user_1", "key", NOW) is None
