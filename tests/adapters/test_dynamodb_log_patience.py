"""How long an append or a read on DynamoDB is tried, and when it is given up."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from mentorbooking.adapters.persistence.dynamodb_log.items import key
from mentorbooking.adapters.persistence.dynamodb_log.log import DynamoDBLog
from mentorbooking.adapters.persistence.dynamodb_log.terms import AppendInDoubt, Landed
from mentorbooking.adapters.persistence.requests import (
    LogUnavailable,
)
from tests.support.dynamodb_logs import appending, impatient, new_log, stored_items, to
from tests.support.faulty_dynamodb import (
    Fault,
    FaultyClient,
    after,
    answers,
    cancelled_for,
    lost_answer,
    lost_request,
    no_connection,
)

if TYPE_CHECKING:
    from types_aiobotocore_dynamodb import DynamoDBClient
from tests.support.landing_elsewhere import TRANSACTION, elsewhere
from tests.support.patience import PATIENCE, SOON

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


@pytest.mark.parametrize(
    ("fault", "in_doubt"),
    [
        (cancelled_for("TransactionConflict"), False),
        (answers("ThrottlingException"), False),
        (no_connection, False),
        (lost_request, True),
        (answers("TransactionInProgressException"), True),
    ],
)
async def test_patience_ends(dynamodb: DynamoDBClient, fault: Fault, in_doubt: bool) -> None:
    faulty = FaultyClient(dynamodb)
    log = await new_log(faulty, patience=PATIENCE)
    await log.append(appending(to("a", 0, b"1")))
    faulty.always(TRANSACTION, fault)
    started = asyncio.get_running_loop().time()

    with impatient(log, 0.3):
        with pytest.raises(LogUnavailable) as refusal:
            await log.append(appending(to("a", 1, b"2")))
        assert isinstance(refusal.value, AppendInDoubt) == in_doubt
        with pytest.raises(LogUnavailable) as refusal:
            await log.write({"Put": {"Item": key("C#1", 0)}})
        assert isinstance(refusal.value, AppendInDoubt) == in_doubt

    assert asyncio.get_running_loop().time() - started < SOON
    assert 2 <= len(faulty.transactions()) < 80
    faulty.heal()
    assert await log.append(appending(to("a", 1, b"2"))) == Landed(2, 2)


async def test_an_append_whose_place_was_taken_is_not_in_doubt(
    dynamodb: DynamoDBClient,
) -> None:
    faulty = FaultyClient(dynamodb)
    log = await new_log(faulty, patience=PATIENCE)
    other = DynamoDBLog(dynamodb, log.table)
    await log.append(appending(to("a", 0, b"1")))
    faulty.plan(TRANSACTION, lost_request, after(elsewhere(other, to("x", 0, b"x"))))
    faulty.always(TRANSACTION, answers("ThrottlingException"))

    with impatient(log, 1.0), pytest.raises(LogUnavailable) as refusal:
        await log.append(appending(to("a", 1, b"2")))

    assert not isinstance(refusal.value, AppendInDoubt)
    assert await log.head() == 2


async def test_a_server_that_hangs_is_not_waited_for_longer_than_patience(
    dynamodb: DynamoDBClient,
) -> None:
    async def hanging(real: Any, parameters: dict[str, Any]) -> Any:
        await asyncio.sleep(PATIENCE)

    faulty = FaultyClient(dynamodb)
    log = await new_log(faulty, patience=PATIENCE)
    for operation in (TRANSACTION, "query", "get_item"):
        faulty.always(operation, hanging)
    started = asyncio.get_running_loop().time()

    with impatient(log, 0.3):
        outcomes = await asyncio.gather(
            *(log.append(appending(to(f"s{n}", 0, b"1"))) for n in range(20)),
            log.head(),
            log.load("a"),
            log.answer("user_1", "k", 0),
            return_exceptions=True,
        )

    assert all(isinstance(outcome, LogUnavailable) for outcome in outcomes)
    assert asyncio.get_running_loop().time() - started < SOON
    faulty.heal()
    assert (await log.append(appending(to("a", 0, b"1")))).last == 1


@pytest.mark.parametrize("operation", ["query", "get_item", "batch_get_item"])
async def test_reads_are_tried_again(
    log: DynamoDBLog, dynamodb: DynamoDBClient, operation: str
) -> None:
    faulty = FaultyClient(dynamodb)
    unaware = DynamoDBLog(faulty, log.table)  # type: ignore[arg-type] # acts as one
    failures = answers("ThrottlingException"), answers("InternalServerError", 500), lost_answer
    faulty.plan(operation, *failures)

    assert await unaware.append(appending(to("old", 1, b"2"))) == Landed(2, 2)
    assert (await unaware.load("old")).version == 2
    assert len(await unaware.read_stream("old")) == len(await unaware.read_log(0, 9)) == 2


async def test_keys_that_a_busy_server_left_out_are_asked_for_again(
    log: DynamoDBLog, dynamodb: DynamoDBClient
) -> None:
    async def only_one(real: Any, parameters: dict[str, Any]) -> Any:
        ((table, asked),) = parameters["RequestItems"].items()
        rest = {**asked, "Keys": asked["Keys"][1:]}
        asked["Keys"] = asked["Keys"][:1]
        return {**(await real()), "UnprocessedKeys": {table: rest}}

    await log.append(appending(to("a", 0, b"1"), to("b", 0, b"1")))
    faulty = FaultyClient(dynamodb)
    unaware = DynamoDBLog(faulty, log.table)  # type: ignore[arg-type] # acts as one
    faulty.plan("batch_get_item", only_one, only_one)

    streams = to("a", 1, b"2"), to("old", 1, b"2"), to("b", 1, b"2")
    assert await unaware.append(appending(*streams)) == Landed(4, 6)


async def test_a_request_that_is_wrong_is_not_repeated(
    log: DynamoDBLog, dynamodb: DynamoDBClient, faulty: FaultyClient
) -> None:
    twice = {"Put": {"Item": key("C#1", 0)}}
    with pytest.raises(Exception, match="ValidationException"):
        await log.append(appending(to("a", 0, b"1")), (twice, twice))

    faulty.plan(TRANSACTION, cancelled_for("ValidationError", 1))
    with pytest.raises(Exception, match="ValidationError"):
        await log.append(appending(to("a", 0, b"1")))
    assert len(faulty.transactions()) == 2
    assert {pk for pk, _ in await stored_items(dynamodb, log.table)} == {"L#0#0", "S#old", "M#log"}
