"""Several lanes on DynamoDB: commits are made side by side, and read in one order."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

import pytest

from mentorbooking.adapters.persistence.chain import Break
from mentorbooking.adapters.persistence.dynamodb.items import blob, commit_key, lane_pk
from mentorbooking.adapters.persistence.dynamodb.lanes import Commit, LanesAdded
from mentorbooking.adapters.persistence.dynamodb.log import DynamoLog
from mentorbooking.adapters.persistence.dynamodb.merging import merge
from mentorbooking.adapters.persistence.dynamodb.packing import CommitContent, CommitEvent
from mentorbooking.adapters.persistence.dynamodb.table import create_table
from mentorbooking.adapters.persistence.dynamodb.verification import verify
from mentorbooking.adapters.persistence.requests import (
    LogUnavailable,
    StoredEvent,
    StreamConflict,
)
from tests.support.aws_servers import unique
from tests.support.dynamo_logs import NOON, CountingClient, appending, stored_items, to
from tests.support.faulty_dynamodb import FaultyClient, Real, answers, lost_answer, lost_request

if TYPE_CHECKING:
    from types_aiobotocore_dynamodb import DynamoDBClient

pytestmark = pytest.mark.anyio

LANES = 16


async def log_of(client: DynamoDBClient, lanes: int = LANES) -> DynamoLog:
    table = unique("log")
    await create_table(client, table, lanes=lanes)
    return await DynamoLog.open(client, table)


async def happened(log: DynamoLog, *streams: str, at: int = 0) -> tuple[int, int]:
    """Append an event to each stream; return the lane, and the position of the last in it."""
    versions = [(await log.load(stream)).version for stream in streams]
    places = zip(streams, versions, strict=True)
    landed = await log.append(appending(*(to(*each, b"x") for each in places), time_us=NOON + at))
    return landed.lane, landed.last


def told(events: Sequence[StoredEvent]) -> list[tuple[int, str, int]]:
    return [(event.position, event.stream, event.version) for event in events]


def place(lane: int, position: int) -> tuple[int, ...]:
    return (*(0,) * lane, position)


# -- which of the next commits comes first ---------------------------------------------------


def a_history(seed: int, commits: int) -> list[list[Commit]]:
    """Lanes as appends fill them: each goes to a lane by chance and follows its streams."""
    chance = random.Random(seed)
    lanes: list[list[Commit]] = [[] for _ in range(LANES)]
    newest: dict[str, tuple[int, int, int]] = {}
    for turn in range(commits):
        lane = chance.randrange(LANES)
        first = lanes[lane][-1].end.position + 1 if lanes[lane] else 1
        events = []
        for stream in chance.sample("abcdef", chance.randint(1, 3)):
            before, position, version = newest.get(stream, (lane, 0, 0))
            follows = (before, position) if before != lane else None
            events.append(CommitEvent(stream, version + 1, "t", b"", follows))
            newest[stream] = lane, first + len(events) - 1, version + 1
        content = CommitContent(b"", tuple(events))
        lanes[lane].append(Commit(first, len(events), f"c{turn}", turn, b"", content))
    return lanes


@pytest.mark.parametrize("seed", range(20))
def test_what_was_made_first_comes_first(seed: int) -> None:
    lanes = a_history(seed, 60)

    merged = merge(lanes, (0,) * LANES)

    assert [commit.time_us for _, commit in merged.commits] == [*range(60)]
    assert merged.reach == tuple(each[-1].end.position if each else 0 for each in lanes)


def test_whatever_clocks_tell_a_stream_is_in_order() -> None:
    begun = CommitContent(b"", (CommitEvent("a", 1, "t", b""),))
    gone_on = CommitContent(b"", (CommitEvent("a", 2, "t", b"", (2, 1)),))
    late, early = Commit(1, 1, "c", 9, b"", begun), Commit(1, 1, "d", 3, b"", gone_on)

    assert merge([(), [early], [late]], (0, 0, 0)).commits == [(2, late), (1, early)]
    assert merge([(), [early], ()], (0, 0, 0)).commits == []


async def test_what_was_decided_on_a_stream_comes_behind_it(dynamodb: DynamoDBClient) -> None:
    """The clock of the one who looked at the stream is behind that of who wrote to it."""
    log = await log_of(dynamodb)
    lane, _ = await happened(log, "a", at=9)
    other = await DynamoLog.open(dynamodb, log.table)
    version = (await other.load("a")).version
    lanes = set()
    for stream in ("b", "c", "d", "e"):
        decided = appending(to(stream, 0, b"x"), to("a", version), time_us=NOON)
        lanes.add((await other.append(decided)).lane)
    fresh = await DynamoLog.open(dynamodb, log.table)  # it has seen nothing of the stream
    await fresh.append(appending(to("f", 0, b"x"), to("a", version), time_us=NOON))

    assert lanes - {lane}
    assert told(await log.read_log(0, 1)) == [(1, "a", 1)]
    assert len(await log.read_log(0, 9)) == 6


def test_one_cut_reaches_over_no_epoch() -> None:
    lanes = a_history(1, 60)
    sizes = [commit.size for _, commit in merge(lanes, (0,) * LANES, most_events=10).commits]
    assert sum(sizes) <= 10 < sum(sizes) + 3
    assert len(merge(lanes, (0,) * LANES, most_events=0).commits) == 1


# -- writing and reading -----------------------------------------------------------------------


async def test_positions_have_no_holes_and_everybody_reads_the_same(
    dynamodb: DynamoDBClient,
) -> None:
    log = await log_of(dynamodb)
    lanes = {(await happened(log, stream, at=at))[0] for at, stream in enumerate("abcdefgh")}
    other = await DynamoLog.open(dynamodb, log.table)

    found = await log.read_log(0, 99)

    assert told(found) == [(at, stream, 1) for at, stream in enumerate("abcdefgh", 1)]
    assert {event.lane for event in found} == lanes
    assert len(lanes) > 1
    assert await other.read_log(0, 99) == found
    assert await log.head() == await other.head() == 8
    for at in range(8):
        assert await other.read_log(at, 3) == found[at : at + 3]
    assert await other.read_log(2, 99, upto=5) == found[2:5]
    assert await other.read_log(0, 99, topics=["nothing"]) == []


async def test_what_was_appended_is_in_order_when_somebody_asks(dynamodb: DynamoDBClient) -> None:
    log, other = [await log_of(dynamodb), None]
    other = await DynamoLog.open(dynamodb, log.table)
    for number in range(1, 6):
        await happened(log, f"s{number}", "often")
        assert await other.head() == 2 * number
        assert told(await log.read_log(2 * number - 1, 9)) == [(2 * number, "often", number)]
    assert [event.position for event in await log.read_stream("often")] == [0] * 5


async def test_a_look_at_nothing_new_costs_a_query_for_each_lane(dynamodb: DynamoDBClient) -> None:
    client = CountingClient(dynamodb)
    log = await log_of(dynamodb, 4)
    counted = await DynamoLog.open(client, log.table)
    for stream in "abcdef":
        await happened(log, stream)
    await counted.head()
    client.forget()

    await counted.head()
    assert client.calls == {"query": 5}

    client.forget()
    await happened(log, "a")
    assert len(await counted.read_log(await counted.head() - 1, 1)) == 1
    assert client.units["put_item"] == 1


async def test_writers_and_readers_that_crash_see_every_stream_in_order(
    dynamodb: DynamoDBClient,
) -> None:
    table = (await log_of(dynamodb)).table
    done = asyncio.Event()

    async def write(seed: int) -> int:
        log = await DynamoLog.open(dynamodb, table)
        chance, landed = random.Random(seed), 0
        for _ in range(30):
            streams = chance.sample("abcdefgh", chance.randint(1, 3))
            try:
                landed += bool(await happened(log, *streams)) and len(streams)
            except StreamConflict:
                continue
        return landed

    async def read(seed: int) -> list[StoredEvent]:
        chance, found = random.Random(seed), list[StoredEvent]()
        log = await DynamoLog.open(dynamodb, table)
        behind = False
        while not behind:
            was_done = done.is_set()
            if chance.random() < 0.2:  # a crash: all that is left is what was kept
                log = await DynamoLog.open(dynamodb, table)
            more = await log.read_log(len(found), chance.randint(1, 12))
            behind = was_done and not more
            found += more
        return found

    reading = [asyncio.create_task(read(seed)) for seed in range(3)]
    landed = sum(await asyncio.gather(*(write(seed) for seed in range(3))))
    done.set()
    first, *others = await asyncio.gather(*reading)

    log = await DynamoLog.open(dynamodb, table)
    assert all(each == first for each in others)
    assert [event.position for event in first] == [*range(1, landed + 1)]
    assert len(Counter(event.lane for event in first)) > 4
    assert (await verify(log)).broken is None
    for stream in "abcdefgh":
        versions = [event.version for event in first if event.stream == stream]
        assert versions == [event.version for event in await log.read_stream(stream)]


# -- places --------------------------------------------------------------------------------------


async def test_where_a_place_in_a_lane_is_in_the_one_order(dynamodb: DynamoDBClient) -> None:
    log = await log_of(dynamodb, 5)
    places = []
    for number in range(40):
        places.append(await happened(log, f"s{number % 7}", f"s{number}_", at=number))
        if number % 3 == 0:
            await log.head()
    other = await DynamoLog.open(dynamodb, log.table)

    assert [await other.position_at(place(*each)) for each in places] == [*range(2, 81, 2)]
    assert await other.position_at(()) == await other.position_at((0, 0)) == 0
    both = [max(pair) for pair in zip(place(4, 0), (*place(*places[3]), 0, 0, 0, 0), strict=False)]
    assert await other.position_at(both) == 8
    assert await other.position_at((80,)) == 80
    assert await other.position_at((0, 10_000)) == 80

    last = await happened(log, "s1")
    assert await other.position_at(place(*last)) == 81
    ends = await log.newest()
    assert isinstance(ends, tuple)
    assert ends[last[0]] == last[1]
    assert await other.position_at(ends) == 81


# -- adding lanes --------------------------------------------------------------------------------


async def test_positions_go_on_where_lanes_are_added(dynamodb: DynamoDBClient) -> None:
    old = await log_of(dynamodb, 1)
    for number in range(5):
        await happened(old, "a", f"b{number}")
    before, checkpoint = await old.read_log(0, 99), await old.checkpoint()
    assert old.lanes == 1

    await create_table(dynamodb, old.table, lanes=3)
    new = await DynamoLog.open(dynamodb, old.table)
    for number in range(5):
        await happened(new, "a", f"c{number}")
    await create_table(dynamodb, old.table, lanes=16)
    newest = await DynamoLog.open(dynamodb, old.table)
    for number in range(5):
        await happened(newest, "a", f"d{number}", at=1)
        await happened(new, f"e{number}", "a", at=1)

    assert (new.lanes, newest.lanes) == (3, 16)
    found = await newest.read_log(0, 99)
    assert found[:10] == before
    assert [event.position for event in found] == [*range(1, 41)]
    assert [event.version for event in found if event.stream == "a"] == [*range(1, 21)]
    assert await new.read_log(0, 99) == found
    walked = await verify(newest, checkpoint)
    assert (walked.broken, walked.commits) == (None, 20)
    assert await newest.position_at((7,)) == 7


async def test_who_knows_of_one_lane_only_stops_when_there_are_more(
    dynamodb: DynamoDBClient,
) -> None:
    one = await log_of(dynamodb, 1)
    await happened(one, "a")
    idle = await DynamoLog.open(dynamodb, one.table)
    await idle.head()
    await create_table(dynamodb, one.table, lanes=2)
    several = await DynamoLog.open(dynamodb, one.table)
    await happened(several, "a")
    await happened(one, "b")  # nobody has put the lanes in order yet
    assert await several.head() == 3

    for asked in (one.head(), one.read_log(2, 9), one.read_log(0, 9), idle.head()):
        with pytest.raises(LanesAdded, match="more lanes"):
            await asked
    with pytest.raises(LanesAdded, match="more lanes"):
        await happened(one, "c")
    assert [event.version for event in await one.read_stream("a")] == [1, 2]
    assert told(await several.read_log(0, 9)) == [(1, "a", 1), (2, "b", 1), (3, "a", 2)]


async def test_lanes_are_not_taken_away(dynamodb: DynamoDBClient) -> None:
    log = await log_of(dynamodb, 4)
    with pytest.raises(ValueError, match="more lanes than 3"):
        await create_table(dynamodb, log.table, lanes=3)
    await create_table(dynamodb, log.table)
    assert (await DynamoLog.open(dynamodb, log.table)).lanes == 4


# -- bad days ------------------------------------------------------------------------------------


async def lose(client: Any, log: DynamoLog, lane: int, first: int) -> dict[str, Any]:
    """Take a commit away, and return it."""
    where = {"pk": {"S": lane_pk(lane, 0)}, "sk": {"N": str(first)}}
    answer = await client.delete_item(TableName=log.table, Key=where, ReturnValues="ALL_OLD")
    item: dict[str, Any] = answer["Attributes"]
    return item


async def test_a_hole_in_a_lane_stops_all_who_read_on_until_it_is_mended(
    dynamodb: DynamoDBClient,
) -> None:
    log = await log_of(dynamodb, 3)
    await happened(log, "a")
    assert await log.head() == 1
    lane, at = await happened(log, "a")
    await happened(log, "a")
    lost = await lose(dynamodb, log, lane, at)

    hole = f"lane {lane} has a hole: position {at} is missing"
    for asked in (log.head(), log.read_log(1, 9), log.read_log(1, 9, topics=["happened"])):
        with pytest.raises(LogUnavailable, match=hole):
            await asked
    assert told(await log.read_log(0, 1)) == [(1, "a", 1)]
    await happened(log, "b")

    await dynamodb.put_item(TableName=log.table, Item=lost)
    assert len(await log.read_log(0, 9)) == await log.head() == 4


async def test_who_writes_does_not_fill_a_hole(dynamodb: DynamoDBClient) -> None:
    log = await log_of(dynamodb, 3)
    lane, at = await happened(log, "a")
    for _ in range(2):
        await happened(log, "a")
    lost = await lose(dynamodb, log, lane, at + 1)
    other = await DynamoLog.open(dynamodb, log.table)
    with pytest.raises(LogUnavailable, match="has a hole"):
        await other.head()

    assert await happened(other, "a") == (lane, at + 3)

    await dynamodb.put_item(TableName=log.table, Item=lost)
    assert told(await other.read_log(0, 9)) == [(n, "a", n) for n in range(1, 5)]


async def test_what_is_followed_in_another_lane_and_lost_is_a_hole_too(
    dynamodb: DynamoDBClient,
) -> None:
    log = await log_of(dynamodb, 16)
    lane, at = await happened(log, "a")
    other, _ = await happened(log, "zz", "a")
    assert lane != other
    await lose(dynamodb, log, lane, at)
    with pytest.raises(LogUnavailable, match=f"lane {lane} has a hole: position {at}"):
        await log.head()


async def test_what_was_in_order_and_is_lost_is_a_hole_too(dynamodb: DynamoDBClient) -> None:
    log = await log_of(dynamodb, 3)
    lane, at = await happened(log, "a")
    await log.head()
    await lose(dynamodb, log, lane, at)
    other = await DynamoLog.open(dynamodb, log.table)
    with pytest.raises(LogUnavailable, match=f"lane {lane} has a hole: position {at}"):
        await other.read_log(0, 9)


@pytest.mark.parametrize("fault", [lost_answer, lost_request, answers("ThrottlingException")])
async def test_a_cut_that_fails_is_made_again_and_once(
    dynamodb: DynamoDBClient, fault: Any
) -> None:
    client = FaultyClient(dynamodb)
    written = await log_of(dynamodb, 3)
    log = await DynamoLog.open(cast("DynamoDBClient", client), written.table)
    for stream in "abcdef":
        await happened(written, stream)
    client.plan("put_item", fault, fault)

    assert await log.head() == 6
    assert told(await log.read_log(0, 9)) == told(await written.read_log(0, 9))
    assert (await verify(log)).broken is None


async def test_of_two_who_put_lanes_in_order_one_comes_first(dynamodb: DynamoDBClient) -> None:
    client = FaultyClient(dynamodb)
    other = await log_of(dynamodb, 3)
    log = await DynamoLog.open(cast("DynamoDBClient", client), other.table)
    for stream in "abcdef":
        await happened(other, stream)

    async def behind_the_other(real: Real, _: dict[str, Any]) -> Any:
        await happened(other, "g")
        await other.head()
        return await real()

    client.plan("put_item", behind_the_other)
    assert await log.head() == 7
    assert await log.read_log(0, 9) == await other.read_log(0, 9)


@pytest.mark.parametrize(("lanes", "at_once"), [(1, {1}), (16, {4, 5, 6, 7, 8})])
async def test_commits_to_several_lanes_are_made_side_by_side(
    dynamodb: DynamoDBClient, lanes: int, at_once: set[int]
) -> None:
    client = FaultyClient(dynamodb)
    log = await DynamoLog.open(
        cast("DynamoDBClient", client), (await log_of(dynamodb, lanes)).table
    )
    under_way, most = 0, 0

    async def slowly(real: Real, _: dict[str, Any]) -> Any:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.05)
        answer = await real()
        under_way -= 1
        return answer

    client.always("transact_write_items", slowly)
    await asyncio.gather(*(happened(log, stream) for stream in "abcdefgh"))
    assert most in at_once


# -- nobody edits history unnoticed ----------------------------------------------------------------


async def a_long_log(client: DynamoDBClient) -> DynamoLog:
    log = await log_of(client, 4)
    for number in range(30):
        await happened(log, f"s{number % 13}", at=number)
        if number % 4 == 0:
            await log.head()
    return log


async def test_a_log_of_several_lanes_that_nobody_touched_is_whole(
    dynamodb: DynamoDBClient,
) -> None:
    log = await a_long_log(dynamodb)
    checkpoint = await log.checkpoint()
    await happened(log, "s1")

    walked = await verify(log, checkpoint)

    assert (walked.broken, walked.commits, walked.whole_until) == (None, 31, checkpoint)
    other = await log_of(dynamodb, 4)
    await happened(other, "s1")
    assert (await verify(other, checkpoint)).broken is not None


async def test_any_edit_of_any_lane_shows(dynamodb: DynamoDBClient) -> None:
    log = await a_long_log(dynamodb)
    await log.head()
    await happened(log, "s3")  # in no order yet
    items = await stored_items(dynamodb, log.table)
    entries = [key for key in items if key[0].startswith("L#")]
    assert {pk.split("#")[1] for pk, _ in entries} == {"0", "1", "2", "3", "4"}
    for at in entries:
        item = items[at]
        changed = {**item, "h": blob(bytes(32))}
        await dynamodb.put_item(TableName=log.table, Item=changed)
        assert (await verify(log)).broken is not None, at
        await dynamodb.put_item(TableName=log.table, Item=item)
    assert (await verify(log)).broken is None


async def test_it_is_told_where_a_lane_is_broken(dynamodb: DynamoDBClient) -> None:
    log = await log_of(dynamodb, 2)
    await happened(log, "a")
    await log.head()
    lane, at = await happened(log, "a")
    await log.head()
    lost = await lose(dynamodb, log, lane, at)
    assert (await verify(log)).broken == Break(2, f"lane {lane} ends before {at}")

    unreadable = {**lost, "e": blob(b"?")}
    await dynamodb.put_item(TableName=log.table, Item=unreadable)
    broken = (await verify(log)).broken
    assert broken is not None
    assert broken.position == 2
    assert f"lane {lane}: position {at}: the commit can't be read" in broken.what

    await dynamodb.put_item(TableName=log.table, Item=lost)
    await dynamodb.put_item(TableName=log.table, Item={**commit_key(lane, at + 9), **_rest(lost)})
    broken = (await verify(log)).broken
    assert broken == Break(3, f"lane {lane}: position {at + 1}: a commit is missing")


def _rest(item: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name not in ("pk", "sk")}
