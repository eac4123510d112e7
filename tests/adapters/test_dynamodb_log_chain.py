"""Nobody edits history on DynamoDB unnoticed: the chain is the one that SQLite has."""

from __future__ import annotations

import random
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from mentorbooking.adapters.persistence.chain import Break
from mentorbooking.adapters.persistence.dynamodb_log.items import blob, commit_key, number, text
from mentorbooking.adapters.persistence.dynamodb_log.lanes.lane import (
    Commit,
    commit_item,
    read_commit,
)
from mentorbooking.adapters.persistence.dynamodb_log.log import DynamoDBLog
from mentorbooking.adapters.persistence.dynamodb_log.packing import CommitContent
from mentorbooking.adapters.persistence.dynamodb_log.verification.chains import verify
from mentorbooking.adapters.persistence.requests import Append
from mentorbooking.adapters.persistence.sqlite_log.log import SQLiteLog
from tests.support.dynamodb_logs import (
    NOON,
    appending,
    forget_commit,
    new_log,
    stored_items,
    to,
)
from tests.support.faulty_dynamodb import FaultyClient, answers

if TYPE_CHECKING:
    from types_aiobotocore_dynamodb import DynamoDBClient

pytestmark = pytest.mark.anyio


def history() -> list[Append]:
    chance = random.Random(3)
    versions = dict.fromkeys("abcdef", 0)
    requests = []
    for turn in range(30):
        streams = []
        for stream in chance.sample("abcdef", chance.randint(1, 2)):
            states = [chance.randbytes(8) for _ in range(chance.randint(1, 2))]
            streams.append(to(stream, versions[stream], *states))
            versions[stream] += len(states)
        requests.append(appending(*streams, commit_id=f"commit_{turn}", time_us=NOON + turn))
    return requests


@pytest.fixture
async def log(dynamodb: DynamoDBClient) -> DynamoDBLog:
    opened = await new_log(dynamodb)
    for request in history():
        await opened.append(request)
    return opened


async def test_a_log_that_nobody_touched_is_whole(log: DynamoDBLog) -> None:
    told: list[int] = []

    walked = await verify(log, await log.checkpoint(), told.append)

    assert walked.broken is None
    assert walked.whole_until == await log.checkpoint()
    assert walked.commits == len(told) == 30
    assert told[-1] == await log.head()


async def test_the_chain_is_the_one_of_sqlite(log: DynamoDBLog, tmp_path: Path) -> None:
    with SQLiteLog(tmp_path / "events.db") as other:
        for request in history():
            other.append_sync(request)
        assert other.checkpoint() == await log.checkpoint()
        assert other.read_log(0, 99) == await log.read_log(0, 99)


async def test_an_empty_log_is_whole(dynamodb: DynamoDBClient) -> None:
    assert (await verify(await new_log(dynamodb))).broken is None


def edits(commit: Commit) -> list[tuple[dict[str, Any], str]]:
    """Ways to falsify a commit's item, and what is found."""
    events = commit.content.events

    def repacked(changed: CommitContent) -> dict[str, Any]:
        return {"e": commit_item(0, commit._replace(content=changed))["e"]}

    def with_first(**fields: object) -> dict[str, Any]:
        first = msgspec.structs.replace(events[0], **fields)
        return repacked(CommitContent(commit.content.metadata, (first, *events[1:])))

    changed = "the commit was changed"
    return [
        (with_first(state=b"other"), changed),
        (with_first(topic="other"), changed),
        (with_first(stream="other"), changed),
        (with_first(version=99), changed),
        (repacked(CommitContent(b"{}", events)), changed),
        (repacked(CommitContent(commit.content.metadata, events[:-1])), "an event is missing"),
        (
            repacked(CommitContent(commit.content.metadata, (*events, events[0]))),
            "an event belongs to no commit",
        ),
        ({"k": number(commit.size + 1)}, "an event is missing"),
        ({"k": number(0)}, "a commit has no events"),
        ({"c": text("other")}, changed),
        ({"t": number(0)}, changed),
        ({"h": blob(bytes(32))}, changed),
        ({"e": blob(b"\x01torn")}, "the commit can't be read"),
        ({"e": blob(b"\x02")}, "the commit can't be read"),
        ({"e": number(1)}, "the commit can't be read"),
    ]


async def test_every_edit_of_a_commit_is_found(log: DynamoDBLog, dynamodb: DynamoDBClient) -> None:
    items = await stored_items(dynamodb, log.table)
    commits = sorted(sk for pk, sk in items if pk == "L#0#0")
    item = items["L#0#0", commits[11]]
    for changes, what in edits(read_commit(item)):
        await dynamodb.put_item(TableName=log.table, Item={**item, **changes})
        walked = await verify(log)
        assert walked.broken is not None
        assert what in walked.broken.what
        assert walked.commits == 11
    await dynamodb.put_item(TableName=log.table, Item=item)
    assert (await verify(log)).broken is None


async def test_commits_that_are_taken_away_added_or_swapped_are_found(
    log: DynamoDBLog, dynamodb: DynamoDBClient
) -> None:
    items = await stored_items(dynamodb, log.table)
    first, second = (
        items["L#0#0", sk] for sk in sorted(sk for pk, sk in items if pk == "L#0#0")[5:7]
    )
    place, next_place = int(first["sk"]["N"]), int(second["sk"]["N"])

    await forget_commit(dynamodb, log, place)
    assert (await verify(log)).broken == Break(place, "a commit is missing")

    await dynamodb.put_item(TableName=log.table, Item={**second, **commit_key(0, place)})
    await dynamodb.put_item(TableName=log.table, Item={**first, **commit_key(0, next_place)})
    broken = (await verify(log)).broken
    assert broken is not None
    assert broken.position == place

    await dynamodb.put_item(TableName=log.table, Item=first)
    await dynamodb.put_item(TableName=log.table, Item=second)
    stray = {**first, **commit_key(0, await log.head() + 5)}
    await dynamodb.put_item(TableName=log.table, Item=stray)
    assert (await verify(log)).broken is not None


async def test_a_log_that_was_cut_off_is_found_by_a_checkpoint(
    log: DynamoDBLog, dynamodb: DynamoDBClient
) -> None:
    checkpoint = await log.checkpoint()
    last = (await log.read_log(checkpoint.position - 1, 1))[0]
    await forget_commit(dynamodb, log, last.position - last.number)

    assert (await verify(log)).broken is None
    broken = (await verify(log, checkpoint)).broken
    assert broken is not None
    assert broken.position == last.position - last.number


async def test_a_table_that_can_not_be_read_is_told_as_a_break(
    log: DynamoDBLog, dynamodb: DynamoDBClient
) -> None:
    faulty = FaultyClient(dynamodb)
    faulty.always("query", answers("ThrottlingException"))
    walked = await verify(DynamoDBLog(faulty, log.table, patience=0.1))  # type: ignore[arg-type] # acts as one

    assert walked.broken is not None
    assert "can't be read" in walked.broken.what
