"""Several lanes on DynamoDB: commits are made side by side, and read in one order."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from mentorbooking.adapters.persistence.dynamodb_log.lanes.lane import Commit
from mentorbooking.adapters.persistence.dynamodb_log.lanes.merging import merge
from mentorbooking.adapters.persistence.dynamodb_log.log import DynamoDBLog
from mentorbooking.adapters.persistence.dynamodb_log.packing import CommitContent, CommitEvent
from mentorbooking.adapters.persistence.dynamodb_log.verification.chains import verify
from mentorbooking.adapters.persistence.requests import StoredEvent, StreamConflict
from tests.support.dynamodb_logs import NOON, CountingClient, appending, to

if TYPE_CHECKING:
    from types_aiobotocore_dynamodb import DynamoDBClient
from tests.support.lanes import LANES, happened, log_of, told

pytestmark = pytest.mark.anyio


def place(lane: int, position: int) -> tuple[int, ...]:
    return (*(0,) * lane, position)


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
    other = await DynamoDBLog.open(dynamodb, log.table)
    version = (await other.load("a")).version
    lanes = set()
    for stream in ("b", "c", "d", "e"):
        decided = appending(to(stream, 0, b"x"), to("a", version), time_us=NOON)
        lanes.add((await other.append(decided)).lane)
    fresh = await DynamoDBLog.open(dynamodb, log.table)  # it has seen nothing of the stream
    await fresh.append(appending(to("f", 0, b"x"), to("a", version), time_us=NOON))

    assert lanes - {lane}
    assert told(await log.read_log(0, 1)) == [(1, "a", 1)]
    assert len(await log.read_log(0, 9)) == 6


def test_one_cut_reaches_over_no_epoch() -> None:
    lanes = a_history(1, 60)
    sizes = [commit.size for _, commit in merge(lanes, (0,) * LANES, most_events=10).commits]
    assert sum(sizes) <= 10 < sum(sizes) + 3
    assert len(merge(lanes, (0,) * LANES, most_events=0).commits) == 1


async def test_positions_have_no_holes_and_everybody_reads_the_same(
    dynamodb: DynamoDBClient,
) -> None:
    log = await log_of(dynamodb)
    lanes = {(await happened(log, stream, at=at))[0] for at, stream in enumerate("abcdefgh")}
    other = await DynamoDBLog.open(dynamodb, log.table)

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
    other = await DynamoDBLog.open(dynamodb, log.table)
    for number in range(1, 6):
        await happened(log, f"s{number}", "often")
        assert await other.head() == 2 * number
        assert told(await log.read_log(2 * number - 1, 9)) == [(2 * number, "often", number)]
    assert [event.position for event in await log.read_stream("often")] == [0] * 5


async def test_a_look_at_nothing_new_costs_a_query_for_each_lane(dynamodb: DynamoDBClient) -> None:
    client = CountingClient(dynamodb)
    log = await log_of(dynamodb, 4)
    counted = await DynamoDBLog.open(client, log.table)
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
        log = await DynamoDBLog.open(dynamodb, table)
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
        log = await DynamoDBLog.open(dynamodb, table)
        behind = False
        while not behind:
            was_done = done.is_set()
            if chance.random() < 0.2:  # a crash: all that is left is what was kept
                log = await DynamoDBLog.open(dynamodb, table)
            more = await log.read_log(len(found), chance.randint(1, 12))
            behind = was_done and not more
            found += more
        return found

    reading = [asyncio.create_task(read(seed)) for seed in range(3)]
    landed = sum(await asyncio.gather(*(write(seed) for seed in range(3))))
    done.set()
    first, *others = await asyncio.gather(*reading)

    log = await DynamoDBLog.open(dynamodb, table)
    assert all(each == first for each in others)
    assert [event.position for event in first] == [*range(1, landed + 1)]
    assert len(Counter(event.lane for event in first)) > 4
    assert (await verify(log)).broken is None
    for stream in "abcdefgh":
        versions = [event.version for event in first if event.stream == stream]
        assert versions == [event.version for event in await log.read_stream(stream)]


async def test_where_a_place_in_a_lane_is_in_the_one_order(dynamodb: DynamoDBClient) -> None:
    log = await log_of(dynamodb, 5)
    places = []
    for number in range(40):
        places.append(await happened(log, f"s{number % 7}", f"s{number}_", at=number))
        if number % 3 == 0:
            await log.head()
    other = await DynamoDBLog.open(dynamodb, log.table)

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
