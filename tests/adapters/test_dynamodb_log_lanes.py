"""Sixteen lanes on DynamoDB: nothing skipped, doubled, or before its stream's predecessor."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from typing import TYPE_CHECKING

import pytest

from mentorbooking.adapters.persistence.dynamodb.lanes import Commit
from mentorbooking.adapters.persistence.dynamodb.log import DynamoLog
from mentorbooking.adapters.persistence.dynamodb.merging import Merged, deliverable, merge
from mentorbooking.adapters.persistence.dynamodb.packing import CommitContent, CommitEvent
from mentorbooking.adapters.persistence.dynamodb.verification import verify
from mentorbooking.adapters.persistence.requests import StreamConflict
from tests.support.dynamo_logs import appending, new_log, to

if TYPE_CHECKING:
    from types_aiobotocore_dynamodb import DynamoDBClient

pytestmark = pytest.mark.anyio

LANES = 16


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


class Reader:
    """Takes what is delivered and insists on the order of every stream."""

    def __init__(self) -> None:
        self.versions: dict[str, int] = {}
        self.after = (0,) * LANES
        self.events = 0

    def take(self, merged: Merged) -> None:
        for lane, commit in merged.commits:
            for event in commit.content.events:
                assert event.version == self.versions.get(event.stream, 0) + 1, lane
                self.versions[event.stream] = event.version
                self.events += 1
        self.after = merged.after


def visible(
    lanes: Sequence[Sequence[Commit]], after: Sequence[int], chance: random.Random
) -> list[list[Commit]]:
    """A batch of each lane, of any size, none at all included."""
    return [
        [commit for commit in commits if commit.first > position][: chance.randint(0, 4)]
        for commits, position in zip(lanes, after, strict=True)
    ]


@pytest.mark.parametrize("seed", range(100))
def test_any_batches_of_any_lanes_are_delivered_in_the_order_of_streams(seed: int) -> None:
    lanes = a_history(seed, 60)
    total = sum(commit.size for commits in lanes for commit in commits)
    chance, reader = random.Random(seed), Reader()
    for _ in range(500):
        reader.take(merge(visible(lanes, reader.after, chance), reader.after))
    assert reader.events == total
    assert merge(lanes, (0,) * LANES).after == reader.after


def test_who_reads_one_lane_waits_for_what_was_tracked_of_the_others() -> None:
    lanes = a_history(7, 60)
    tracked, versions = [0] * LANES, dict[str, int]()
    chance = random.Random(7)
    for _ in range(2000):
        lane = chance.randrange(LANES)
        batch = [each for each in lanes[lane] if each.first > tracked[lane]][:3]
        for commit in batch[: deliverable(batch, tracked)]:
            for event in commit.content.events:
                assert event.version == versions.get(event.stream, 0) + 1
                versions[event.stream] = event.version
            tracked[lane] = commit.end.position
    assert tracked == [commits[-1].end.position if commits else 0 for commits in lanes]


async def test_writers_and_readers_that_crash_see_every_stream_in_order(
    dynamodb: DynamoDBClient,
) -> None:
    table = (await new_log(dynamodb)).table
    done = asyncio.Event()

    async def write(seed: int) -> int:
        log = DynamoLog(dynamodb, table, lanes=LANES)
        chance, landed = random.Random(seed), 0
        for _ in range(30):
            streams = chance.sample("abcdefgh", chance.randint(1, 3))
            versions = [(await log.load(stream)).version for stream in streams]
            request = appending(
                *(to(stream, at, b"x") for stream, at in zip(streams, versions, strict=True))
            )
            try:
                landed += (await log.append(request)).last and len(streams)
            except StreamConflict:
                continue
        return landed

    async def read(seed: int) -> Reader:
        chance, reader = random.Random(seed), Reader()
        log = DynamoLog(dynamodb, table, lanes=LANES)
        behind = False
        while not behind:
            was_done = done.is_set()
            if chance.random() < 0.2:  # a crash: all that is left is what was tracked
                log = DynamoLog(dynamodb, table, lanes=LANES)
            merged = await log.read_lanes(reader.after, chance.randint(1, 5))
            behind = was_done and not merged.commits
            reader.take(merged)
        return reader

    reading = [asyncio.create_task(read(seed)) for seed in range(2)]
    landed = sum(await asyncio.gather(*(write(seed) for seed in range(3))))
    done.set()

    log = DynamoLog(dynamodb, table, lanes=LANES)
    for reader in await asyncio.gather(*reading):
        assert reader.events == landed
        assert reader.after == tuple([await log.head(lane=lane) for lane in range(LANES)])
        assert sum(1 for position in reader.after if position) > 4
    for lane in range(LANES):
        assert (await verify(log, lane=lane)).broken is None
    for stream in "abcdefgh":
        assert [event.version for event in await log.read_stream(stream)] == [
            *range(1, (await log.load(stream)).version + 1)
        ]
