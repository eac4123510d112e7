"""Many processes append to one log on DynamoDB: one winner per version, no gap, a whole chain."""

from __future__ import annotations

import asyncio
import random
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from mentorbooking.adapters.aws.clients import boto3_dynamodb
from mentorbooking.adapters.persistence.dynamodb_log.log import DynamoDBLog
from mentorbooking.adapters.persistence.dynamodb_log.sync_log import DynamoDBLogSync
from mentorbooking.adapters.persistence.dynamodb_log.verification.chains import verify
from mentorbooking.adapters.persistence.requests import Appended, StreamConflict
from tests.support.aws_servers import aws_settings
from tests.support.dynamodb_logs import answered, appending, new_log, to
from tests.support.faulty_dynamodb import (
    FaultyClient,
    answers,
    cancelled_for,
    lost_answer,
    lost_request,
)
from tests.support.patience import PATIENCE

if TYPE_CHECKING:
    from types_aiobotocore_dynamodb import DynamoDBClient

pytestmark = pytest.mark.anyio


async def test_of_fifty_who_append_at_one_version_one_wins(dynamodb: DynamoDBClient) -> None:
    processes = [await new_log(dynamodb)]
    processes += [DynamoDBLog(dynamodb, processes[0].table) for _ in range(4)]

    for version in range(3):
        outcomes = await asyncio.gather(
            *(
                processes[n % 5].append(appending(to("slot", version, b"%d" % n)))
                for n in range(50)
            ),
            return_exceptions=True,
        )
        (winner,) = [n for n, outcome in enumerate(outcomes) if isinstance(outcome, Appended)]
        losers = [each for each in outcomes if isinstance(each, StreamConflict)]
        assert len(losers) == 49
        assert {each.actual for each in losers} == {version + 1}
        assert (await processes[1].read_stream("slot"))[-1].state == b"%d" % winner
    assert await processes[2].head() == 3


async def test_fifty_with_one_log_send_one_transaction(dynamodb: DynamoDBClient) -> None:
    faulty = FaultyClient(dynamodb)
    log = await new_log(faulty)

    outcomes = await asyncio.gather(
        *(log.append(appending(to("slot", 0, b"x"))) for _ in range(50)), return_exceptions=True
    )

    assert sum(isinstance(outcome, Appended) for outcome in outcomes) == 1
    assert len(faulty.transactions()) == 1


async def writing(log: DynamoDBLog, seed: int, turns: int) -> int:
    """Append to random streams, loading before each decision; return how many events landed."""
    chance = random.Random(seed)
    landed = 0
    for turn in range(turns):
        chosen = chance.sample("abcdefgh", chance.randint(1, 3))
        versions = {stream: (await log.load(stream)).version for stream in chosen}
        streams = [
            to(stream, version, *[chance.randbytes(50)] * chance.randint(0, 2))
            for stream, version in versions.items()
        ]
        key = answered(f"{seed}/{turn}") if chance.random() < 0.5 else None
        try:
            result = await log.append(appending(*streams, idempotency=key))
        except StreamConflict:
            continue
        landed += sum(len(each.events) for each in streams)
        assert result.last - result.first + 1 >= sum(len(each.events) for each in streams)
    return landed


async def assert_whole(log: DynamoDBLog, events: int) -> None:
    walked = await verify(log, await log.checkpoint())
    assert walked.broken is None
    assert walked.whole_until.position == await log.head() == events
    by_stream: dict[str, list[Any]] = {}
    for event in await log.read_log(0, 10_000):
        by_stream.setdefault(event.stream, []).append(event)
    for stream, stored in by_stream.items():
        assert await log.read_stream(stream) == stored
        assert [event.version for event in stored] == [*range(1, len(stored) + 1)]


async def test_appends_of_several_processes_leave_no_gap(dynamodb: DynamoDBClient) -> None:
    first = await new_log(dynamodb)
    processes = [first, *(DynamoDBLog(dynamodb, first.table) for _ in range(3))]

    landed = await asyncio.gather(*(writing(log, seed, 25) for seed, log in enumerate(processes)))

    assert min(landed) > 0
    await assert_whole(first, sum(landed))


@pytest.mark.parametrize("seed", range(4))
async def test_faults_of_all_kinds_neither_lose_nor_double_an_append(
    dynamodb: DynamoDBClient, seed: int
) -> None:
    chance = random.Random(seed)
    table = (await new_log(dynamodb)).table
    faults = [
        lost_answer,
        lost_request,
        cancelled_for("TransactionConflict"),
        cancelled_for("ThrottlingError"),
        answers("TransactionInProgressException"),
        answers("ThrottlingException"),
        answers("InternalServerError", 500),
    ]

    async def sometimes(real: Any, parameters: dict[str, Any]) -> Any:
        if chance.random() < 0.4:
            return await chance.choice(faults)(real, parameters)
        return await real()

    def process() -> DynamoDBLog:
        faulty = FaultyClient(dynamodb)
        faulty.always("transact_write_items", sometimes)
        return DynamoDBLog(faulty, table, patience=PATIENCE)  # type: ignore[arg-type] # acts as one

    landed = await asyncio.gather(*(writing(process(), seed * 10 + n, 15) for n in range(3)))

    await assert_whole(DynamoDBLog(dynamodb, table), sum(landed))


async def test_threads_share_a_log_with_an_event_loop(
    dynamodb: DynamoDBClient, dynamodb_endpoint: str
) -> None:
    log = await new_log(dynamodb)
    client = boto3_dynamodb(aws_settings(dynamodb=dynamodb_endpoint))
    other = DynamoDBLogSync(client, log.table)

    def write(thread: int) -> None:
        for version in range(10):
            other.append(appending(to(f"thread{thread}", version, b"x")))

    try:
        with ThreadPoolExecutor(4) as threads:
            tasks = [asyncio.wrap_future(threads.submit(write, number)) for number in range(4)]
            for version in range(10):
                await log.append(appending(to("loop", version, b"x")))
            await asyncio.gather(*tasks)
    finally:
        other.close()
        client.close()

    await assert_whole(log, 50)
