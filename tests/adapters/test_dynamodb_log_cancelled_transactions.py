"""Whatever becomes of an append's transaction, the append lands once or is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mentorbooking.adapters.persistence.dynamodb_log.items import key
from mentorbooking.adapters.persistence.dynamodb_log.log import DynamoDBLog
from mentorbooking.adapters.persistence.dynamodb_log.terms import Landed
from mentorbooking.adapters.persistence.dynamodb_log.verification.chains import verify
from mentorbooking.adapters.persistence.requests import (
    ConstraintViolated,
    IdempotencyKeyTaken,
    StreamConflict,
)
from tests.support.dynamodb_logs import answered, appending, new_log, to
from tests.support.faulty_dynamodb import (
    Fault,
    FaultyClient,
    after,
    answers,
    cancelled_for,
    lost_answer,
    lost_answer_and,
    lost_request,
    no_connection,
    with_reasons,
)

if TYPE_CHECKING:
    from types_aiobotocore_dynamodb import DynamoDBClient
from tests.support.landing_elsewhere import TRANSACTION, elsewhere
from tests.support.patience import PATIENCE

pytestmark = pytest.mark.anyio


@pytest.fixture
def faulty(dynamodb: DynamoDBClient) -> FaultyClient:
    return FaultyClient(dynamodb)


@pytest.fixture
async def log(faulty: FaultyClient) -> DynamoDBLog:
    """A log whose lane has an event, and which knows it."""
    opened = await new_log(faulty, patience=PATIENCE)
    await opened.append(appending(to("old", 0, b"0")))
    faulty.calls.clear()
    return opened


@pytest.fixture
def other(dynamodb: DynamoDBClient, log: DynamoDBLog) -> DynamoDBLog:
    """The log of another process."""
    return DynamoDBLog(dynamodb, log.table)


def tokens(faulty: FaultyClient) -> list[str]:
    return [called["ClientRequestToken"] for called in faulty.transactions()]


async def assert_whole(log: DynamoDBLog, events: int) -> None:
    """The log holds so many events besides the first, and its chain is whole."""
    assert [event.position for event in await log.read_log(0, 99)] == [*range(1, events + 2)]
    walked = await verify(log)
    assert walked.broken is None
    assert walked.whole_until == await log.checkpoint()


async def test_a_place_that_another_took_is_left_to_it(
    log: DynamoDBLog, other: DynamoDBLog, faulty: FaultyClient
) -> None:
    faulty.plan(TRANSACTION, after(elsewhere(other, to("x", 0, b"x", b"y"))))

    assert await log.append(appending(to("a", 0, b"1"))) == Landed(4, 4)

    first, second = tokens(faulty)
    assert first != second
    await assert_whole(log, 3)


async def test_others_may_be_far_ahead(
    log: DynamoDBLog, other: DynamoDBLog, faulty: FaultyClient
) -> None:
    for number in range(20):
        await other.append(appending(to("x", number, b"x")))

    assert await log.append(appending(to("a", 0, b"1"))) == Landed(22, 22)

    assert len(faulty.transactions()) == 2
    await assert_whole(log, 21)


async def test_who_is_overtaken_again_and_again_gets_a_place_at_last(
    log: DynamoDBLog, other: DynamoDBLog, faulty: FaultyClient
) -> None:
    overtaking = [after(elsewhere(other, to("x", number, b"x"))) for number in range(5)]
    faulty.plan(TRANSACTION, *overtaking)

    assert await log.append(appending(to("a", 0, b"1"))) == Landed(7, 7)
    await assert_whole(log, 6)


async def test_a_stream_that_another_moved_meanwhile_is_told(
    log: DynamoDBLog, other: DynamoDBLog, faulty: FaultyClient
) -> None:
    faulty.plan(TRANSACTION, after(elsewhere(other, to("old", 1, b"x"))))

    with pytest.raises(StreamConflict) as refusal:
        await log.append(appending(to("a", 0, b"1"), to("old", 1, b"2")))

    assert (refusal.value.stream, refusal.value.actual) == ("old", 2)
    await assert_whole(log, 1)


async def test_a_stream_that_was_only_read_is_told_too(
    log: DynamoDBLog, other: DynamoDBLog, faulty: FaultyClient
) -> None:
    faulty.plan(TRANSACTION, after(elsewhere(other, to("old", 1, b"x"))))

    with pytest.raises(StreamConflict):
        await log.append(appending(to("a", 0, b"1"), to("old", 1)))
    await assert_whole(log, 1)


@pytest.mark.parametrize(
    "code",
    ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded", "None"],
)
async def test_a_transaction_that_met_another_is_tried_again(
    log: DynamoDBLog, faulty: FaultyClient, code: str
) -> None:
    for place in range(5):
        faulty.calls.clear()
        faulty.plan(TRANSACTION, *[cancelled_for(code, place)] * 3)
        request = appending(to("a", place, b"1"), to("old", 1), idempotency=answered(str(place)))

        landed = await log.append(request, ({"Put": {"Item": key("C#1", 0)}},))

        assert landed == Landed(place + 2, place + 2)
        assert len(tokens(faulty)) == 4
        assert len(set(tokens(faulty))) == 1
    await assert_whole(log, 5)


async def test_who_met_another_looks_where_the_lane_ends_before_trying_again(
    log: DynamoDBLog, other: DynamoDBLog, faulty: FaultyClient
) -> None:
    faulty.plan(TRANSACTION, cancelled_for("TransactionConflict"))
    faulty.plan("query", after(elsewhere(other, to("x", 0, b"x"))))

    assert await log.append(appending(to("a", 0, b"1"))) == Landed(3, 3)

    assert len(faulty.transactions()) == 2
    await assert_whole(log, 2)


@pytest.mark.parametrize(
    "fault",
    [
        answers("ThrottlingException"),
        answers("RequestLimitExceeded"),
        answers("ProvisionedThroughputExceededException"),
        answers("TransactionInProgressException"),
        answers("InternalServerError", 500),
        answers("ServiceUnavailable", 503),
        no_connection,
        lost_request,
        lost_answer,
    ],
)
async def test_what_was_not_answered_is_sent_again_as_it_was(
    log: DynamoDBLog, faulty: FaultyClient, fault: Fault
) -> None:
    faulty.plan(TRANSACTION, fault, fault, fault)
    request = appending(to("a", 0, b"1"), to("old", 1, b"2"), idempotency=answered("k"))

    assert await log.append(request) == Landed(2, 3)

    sent = faulty.transactions()
    assert len(sent) == 4
    assert all(each == sent[0] for each in sent)
    await assert_whole(log, 2)


async def test_an_append_whose_answer_was_lost_is_known_by_its_commit(
    log: DynamoDBLog, faulty: FaultyClient
) -> None:
    faulty.forget_tokens()
    faulty.plan(TRANSACTION, lost_answer)

    assert await log.append(appending(to("a", 0, b"1"))) == Landed(2, 2)
    await assert_whole(log, 1)


async def test_an_append_is_known_though_others_have_built_upon_it(
    log: DynamoDBLog, other: DynamoDBLog, faulty: FaultyClient
) -> None:
    build = elsewhere(other, to("a", 1, b"2"), to("old", 1, b"2"))
    faulty.forget_tokens()
    faulty.plan(TRANSACTION, lost_answer_and(build))

    assert await log.append(appending(to("a", 0, b"1"), to("old", 1))) == Landed(2, 2)
    await assert_whole(log, 3)


async def test_an_append_is_known_though_the_reasons_do_not_tell_its_place(
    log: DynamoDBLog, other: DynamoDBLog, faulty: FaultyClient
) -> None:
    build = elsewhere(other, to("a", 1, b"2"))
    faulty.forget_tokens()
    faulty.plan(
        TRANSACTION,
        lost_answer_and(build),
        with_reasons(at_0="TransactionConflict"),
    )

    assert await log.append(appending(to("a", 0, b"1"))) == Landed(2, 2)
    await assert_whole(log, 2)


async def test_what_was_lost_before_another_came_first_is_refused_for_good(
    log: DynamoDBLog, other: DynamoDBLog, faulty: FaultyClient
) -> None:
    faulty.plan(TRANSACTION, lost_request, after(elsewhere(other, to("a", 0, b"x"))))

    with pytest.raises(StreamConflict):
        await log.append(appending(to("a", 0, b"1")))
    await assert_whole(log, 1)


async def test_a_lost_request_whose_place_was_taken_goes_behind(
    log: DynamoDBLog, other: DynamoDBLog, faulty: FaultyClient
) -> None:
    faulty.plan(TRANSACTION, lost_request, after(elsewhere(other, to("x", 0, b"x"))))

    assert await log.append(appending(to("a", 0, b"1"))) == Landed(3, 3)
    await assert_whole(log, 2)


@pytest.mark.parametrize("code", ["TransactionConflict", "ThrottlingError"])
async def test_a_refusal_counts_more_than_a_reason_that_passes(
    log: DynamoDBLog, other: DynamoDBLog, faulty: FaultyClient, code: str
) -> None:
    move = after(elsewhere(other, to("old", 1, b"x")))

    async def both(real: Any, parameters: dict[str, Any]) -> Any:
        return await with_reasons(at_0=code, at_2=code)(lambda: move(real, parameters), parameters)

    faulty.plan(TRANSACTION, both)
    with pytest.raises(StreamConflict):
        await log.append(appending(to("old", 1, b"2"), to("a", 0, b"1")))
    assert len(faulty.transactions()) == 1


async def test_a_place_that_is_taken_counts_more_than_a_reason_that_passes(
    log: DynamoDBLog, other: DynamoDBLog, faulty: FaultyClient
) -> None:
    move = after(elsewhere(other, to("x", 0, b"x")))

    async def both(real: Any, parameters: dict[str, Any]) -> Any:
        mixed = with_reasons(at_1="TransactionConflict")
        return await mixed(lambda: move(real, parameters), parameters)

    faulty.plan(TRANSACTION, both)
    assert await log.append(appending(to("a", 0, b"1"))) == Landed(3, 3)
    assert len(faulty.transactions()) == 2


async def test_a_key_that_is_taken_counts_more_than_a_stream_that_moved(
    log: DynamoDBLog, other: DynamoDBLog, faulty: FaultyClient
) -> None:
    async def same() -> None:
        await other.append(appending(to("old", 1, b"x"), idempotency=answered("k")))

    faulty.plan(TRANSACTION, after(same))
    with pytest.raises(IdempotencyKeyTaken) as refusal:
        await log.append(appending(to("old", 1, b"1"), idempotency=answered("k")))
    assert refusal.value.record == answered("k", position=2)
    await assert_whole(log, 1)


async def test_an_answer_without_events_is_known_though_its_own_was_lost(
    log: DynamoDBLog, faulty: FaultyClient
) -> None:
    faulty.forget_tokens()
    faulty.plan(TRANSACTION, lost_answer)
    request = appending(to("old", 1), idempotency=answered("k"))

    assert await log.append(request) == Landed(1, 1)
    assert await log.answer("user_1", "k", 0) == answered("k", position=1)


async def test_a_stream_that_began_at_version_0_meanwhile_is_no_conflict(
    log: DynamoDBLog, other: DynamoDBLog, faulty: FaultyClient
) -> None:
    faulty.plan(TRANSACTION, after(elsewhere(other, to("a", -1, b"0"))))

    assert await log.append(appending(to("a", 0, b"1"))) == Landed(3, 3)
    assert [event.version for event in await log.read_stream("a", -1)] == [0, 1]
    await assert_whole(log, 2)


async def test_a_condition_beside_the_events_counts_less_than_an_append_that_landed(
    log: DynamoDBLog, other: DynamoDBLog, faulty: FaultyClient
) -> None:
    only_new = {"Put": {"Item": key("C#1", 0), "ConditionExpression": "attribute_not_exists(pk)"}}
    build = elsewhere(other, to("a", 1, b"2"))
    faulty.forget_tokens()
    faulty.plan(TRANSACTION, lost_answer_and(build))

    assert await log.append(appending(to("a", 0, b"1")), (only_new,)) == Landed(2, 2)
    with pytest.raises(ConstraintViolated):
        await log.append(appending(to("b", 0, b"1")), (only_new,))
    await assert_whole(log, 2)
