"""What the table keeps of streams beside the log is what the log holds, or verifying names it."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from mentorbooking.adapters.persistence.chain import StreamBreak
from mentorbooking.adapters.persistence.dynamodb import stream_verification
from mentorbooking.adapters.persistence.dynamodb.items import Item, blob, key, number, text
from mentorbooking.adapters.persistence.dynamodb.log import DynamoLog
from mentorbooking.adapters.persistence.dynamodb.packing import (
    Tail,
    TailEvent,
    pack_state,
    pack_tail,
    unpack_tail,
)
from mentorbooking.adapters.persistence.dynamodb.stream_verification import (
    MOST_TOLD,
    Walked,
    verify_streams,
)
from mentorbooking.adapters.persistence.dynamodb.verification import verify
from mentorbooking.adapters.persistence.requests import Snapshot, StoredEvent
from tests.support.dynamo_logs import appending, new_log, to
from tests.support.faulty_dynamodb import FaultyClient, Real

if TYPE_CHECKING:
    from types_aiobotocore_dynamodb import DynamoDBClient

pytestmark = pytest.mark.anyio

KEY = bytes(32)
LENGTH = 20
SNAPSHOT_OF = 10
TIP, SNAPSHOT = -1, -2


class Kept:
    """A log with streams of every kind, and the table behind its back."""

    def __init__(self, client: Any, log: DynamoLog) -> None:
        self.client, self.log = client, log

    async def fill(self) -> None:
        """``long`` has batches and a snapshot, ``young`` a tip, ``wide`` an empty one."""
        chance = random.Random(1)
        for version in range(LENGTH):
            young = [to("young", version, b"of both")] if version < 3 else []
            await self.log.append(appending(to("long", version, chance.randbytes(150)), *young))
        await self.log.append(appending(to("wide", 0, *(chance.randbytes(90) for _ in range(60)))))
        await self.log.put_snapshot(Snapshot("long", SNAPSHOT_OF, 1, b"sound"))

    async def items(self, stream: str) -> dict[int, Item]:
        return {int(item["sk"]["N"]): item for item in await self.log.query(f"S#{stream}")}

    async def last_batch(self) -> int:
        return max(await self.items("long"))

    async def put(self, item: Item, **changes: Any) -> None:
        await self.client.put_item(TableName=self.log.table, Item={**item, **changes})

    async def delete(self, stream: str, place: int) -> None:
        await self.client.delete_item(TableName=self.log.table, Key=key(f"S#{stream}", place))

    async def edit(self, stream: str, place: int, change: Callable[[Tail], Tail]) -> None:
        item = (await self.items(stream))[place]
        await self.put(item, e=blob(pack_tail(change(unpack_tail(item["e"]["B"])))))

    async def verified(self, log: DynamoLog | None = None) -> Sequence[StreamBreak]:
        """Return what is found; any append that goes on is no concern of it."""
        log = log or self.log
        walked = Walked(KEY)
        chain = await verify(log, walked=walked)
        assert chain.broken is None
        return await verify_streams(log, walked, is_sound)


def is_sound(snapshot: Snapshot, events: Sequence[StoredEvent]) -> bool:
    assert [event.version for event in events] == list(range(1, snapshot.version + 1))
    return snapshot.state == b"sound"


@pytest.fixture
async def kept(dynamodb: DynamoDBClient, monkeypatch: pytest.MonkeyPatch) -> Kept:
    monkeypatch.setattr(stream_verification, "_PAUSE_SECONDS", 0.01)
    kept = Kept(dynamodb, await new_log(dynamodb))
    await kept.fill()
    return kept


async def test_what_nobody_touched_is_as_the_log_has_it(kept: Kept) -> None:
    items = await kept.items("long")
    assert len([place for place in items if place >= 0]) > 2
    told: list[int] = []
    walked = Walked(KEY)
    await verify(kept.log, walked=walked)

    assert await verify_streams(kept.log, walked, is_sound, told.append) == []

    assert max(told) == await kept.log.head()


async def test_an_empty_log_has_no_streams(dynamodb: DynamoDBClient) -> None:
    assert await Kept(dynamodb, await new_log(dynamodb)).verified() == []


# -- one thing is changed ------------------------------------------------------------------


def with_event(place: int, **fields: Any) -> Callable[[Tail], Tail]:
    """Change an event of the last commit but so many."""

    def change(tail: Tail) -> Tail:
        commits = list(tail)
        (event,) = commits[place].events
        commits[place] = replace(commits[place], events=(replace(event, **fields),))
        return tuple(commits)

    return change


def with_commit(place: int, **fields: Any) -> Callable[[Tail], Tail]:
    def change(tail: Tail) -> Tail:
        commits = list(tail)
        commits[place] = replace(commits[place], **fields)
        return tuple(commits)

    return change


OTHER = "the event is not the one that the log holds"
Tampering = tuple[Callable[[Kept], Awaitable[None]], StreamBreak]


async def put_an_older_tip(kept: Kept) -> None:
    item = (await kept.items("young"))[TIP]
    before = unpack_tail(item["e"]["B"])[:2]
    c, p = text(before[-1].commit_id), number(before[-1].first + before[-1].events[-1].number)
    await kept.put(item, v=number(2), c=c, p=p, e=blob(pack_tail(before)))


async def put_a_younger_tip(kept: Kept) -> None:
    """As if a commit had been, which the log does not hold."""
    item = (await kept.items("young"))[TIP]
    position = await kept.log.head() + 1
    tail = unpack_tail(item["e"]["B"])
    made_up = replace(tail[-1], commit_id="x", first=position, events=(TailEvent(0, "t", b"new"),))
    e = blob(pack_tail((*tail, made_up)))
    await kept.put(item, v=number(4), c=text("x"), p=number(position), e=e)


async def put_another_name_on_a_stream(kept: Kept) -> None:
    await kept.put((await kept.items("young"))[TIP], pk=text("S#foreign"))


async def change_the_tip(kept: Kept, **changes: Any) -> None:
    await kept.put((await kept.items("young"))[TIP], **changes)


async def change_the_snapshot(kept: Kept, **changes: Any) -> None:
    await kept.put((await kept.items("long"))[SNAPSHOT], **changes)


async def change_the_first_batch(kept: Kept, **changes: Any) -> None:
    await kept.put((await kept.items("long"))[1], **changes)


TAMPERING: dict[str, Tampering] = {
    "a tip's event": (
        lambda kept: kept.edit("young", TIP, with_event(1, state=b"other")),
        StreamBreak("young", 2, OTHER),
    ),
    "the name of a tip's event": (
        lambda kept: kept.edit("young", TIP, with_event(0, topic="other")),
        StreamBreak("young", 1, OTHER),
    ),
    "when a tip's event was": (
        lambda kept: kept.edit("young", TIP, with_commit(2, time_us=1)),
        StreamBreak("young", 3, OTHER),
    ),
    "who is behind a tip's event": (
        lambda kept: kept.edit("young", TIP, with_commit(0, metadata=b"{}")),
        StreamBreak("young", 1, OTHER),
    ),
    "where a tip's event is": (
        lambda kept: kept.edit("young", TIP, with_commit(1, first=1)),
        StreamBreak("young", 2, OTHER),
    ),
    "the lane of a tip's event": (
        lambda kept: kept.edit("young", TIP, with_commit(1, lane=7)),
        StreamBreak("young", 2, "the event names lane 7, which the log does not have"),
    ),
    "a position that none is": (
        lambda kept: kept.edit("young", TIP, with_commit(1, first=-5)),
        StreamBreak("young", 2, "the event claims position -4"),
    ),
    "an older tip": (put_an_older_tip, StreamBreak("young", 3, "the event is missing")),
    "a younger tip": (
        put_a_younger_tip,
        StreamBreak("young", 4, "the log does not hold the event"),
    ),
    "a tip without its last event": (
        lambda kept: kept.edit("young", TIP, lambda tail: tail[:-1]),
        StreamBreak("young", 3, "the tip tells version 3, and its events go on from 0"),
    ),
    "a tip's version": (
        partial(change_the_tip, v=number(9)),
        StreamBreak("young", 9, "the tip tells version 9, and its events go on from 0"),
    ),
    "the commit that a tip names": (
        partial(change_the_tip, c=text("other")),
        StreamBreak("young", 3, "the tip names another commit than that of its last event"),
    ),
    "the position that a tip names": (
        partial(change_the_tip, p=number(1)),
        StreamBreak("young", 3, "the tip names another commit than that of its last event"),
    ),
    "a torn tip": (
        partial(change_the_tip, e=blob(b"\x01torn")),
        StreamBreak("young", 0, "the tip can't be read: error("),
    ),
    "no tip": (
        lambda kept: kept.delete("young", TIP),
        StreamBreak("young", 3, "nothing is kept of the stream"),
    ),
    "no tip in front of batches": (
        lambda kept: kept.delete("wide", TIP),
        StreamBreak("wide", 60, "the tip is missing"),
    ),
    "a stream that never was": (
        put_another_name_on_a_stream,
        StreamBreak("foreign", 1, "the log does not hold the event"),
    ),
    "a batch's event": (
        lambda kept: kept.edit("long", 1, with_event(1, state=b"other")),
        StreamBreak("long", 2, OTHER),
    ),
    "a batch's order": (
        lambda kept: kept.edit("long", 1, lambda tail: (tail[1], tail[0], *tail[2:])),
        StreamBreak("long", 1, OTHER),
    ),
    "a batch without its last event": (
        lambda kept: kept.edit("long", 1, lambda tail: tail[:-1]),
        StreamBreak("long", 4, "an event is missing"),
    ),
    "a batch of nothing": (
        lambda kept: kept.edit("long", 1, lambda _: ()),
        StreamBreak("long", 1, "the batch holds nothing"),
    ),
    "a batch with an event twice": (
        lambda kept: kept.edit("long", 1, lambda tail: (*tail, tail[-1])),
        StreamBreak("long", 5, "two batches hold the event"),
    ),
    "a torn batch": (
        partial(change_the_first_batch, e=number(1)),
        StreamBreak("long", 1, "the batch can't be read: KeyError("),
    ),
    "no first batch": (
        lambda kept: kept.delete("long", 1),
        StreamBreak("long", 1, "an event is missing"),
    ),
    "a foreign batch": (
        partial(change_the_first_batch, sk=number(LENGTH + 1)),
        StreamBreak("long", LENGTH + 1, "a batch stands where nothing was moved out to"),
    ),
    "a foreign item": (
        partial(change_the_first_batch, sk=number(-3)),
        StreamBreak("long", 0, "an item stands at -3, where nothing belongs"),
    ),
    "a snapshot": (
        partial(change_the_snapshot, s=blob(pack_state(b"other"))),
        StreamBreak("long", SNAPSHOT_OF, "the snapshot is not what the events come to"),
    ),
    "a snapshot of what is to come": (
        partial(change_the_snapshot, v=number(LENGTH + 1)),
        StreamBreak("long", LENGTH + 1, "the snapshot is of a version that was not reached"),
    ),
    "a torn snapshot": (
        partial(change_the_snapshot, s=blob(b"")),
        StreamBreak("long", 0, "the snapshot can't be read: ValueError("),
    ),
}


@pytest.mark.parametrize("tampering", TAMPERING.values(), ids=TAMPERING.keys())
async def test_what_was_changed_is_named(kept: Kept, tampering: Tampering) -> None:
    tamper, wanted = tampering
    await tamper(kept)

    (found,) = await kept.verified()

    assert (found.stream, found.version) == (wanted.stream, wanted.version)
    assert found.what.startswith(wanted.what)


async def test_a_last_batch_that_was_taken_away_is_missed(kept: Kept) -> None:
    place = await kept.last_batch()
    await kept.delete("long", place)

    (found,) = await kept.verified()

    assert (found.stream, found.version) == ("long", LENGTH)
    assert found.what.endswith(f"its events go on from {place - 1}")


async def test_each_of_several_streams_is_named(kept: Kept) -> None:
    for tamper, _ in (TAMPERING["a tip's event"], TAMPERING["a batch's event"]):
        await tamper(kept)
    await kept.delete("wide", 1)

    found = await kept.verified()

    assert [(each.stream, each.version) for each in found] == [
        ("long", 2),
        ("wide", 60),
        ("young", 2),
    ]


def places(found: Sequence[StreamBreak]) -> list[tuple[str, int]]:
    return [(each.stream, each.version) for each in found]


async def test_where_all_is_wrong_enough_is_told(kept: Kept) -> None:
    tip = (await kept.items("young"))[TIP]
    for count in range(MOST_TOLD + 20):
        await kept.put(tip, pk=text(f"S#foreign-{count}"), v=number(9))

    assert len(await kept.verified()) == MOST_TOLD


# -- others are at work --------------------------------------------------------------------


async def append_some(log: DynamoLog, versions: dict[str, int]) -> None:
    """Append enough to every stream for something to be moved out, and begin another one."""
    for _ in range(6):
        streams = []
        for stream, version in versions.items():
            streams.append(to(stream, version, random.Random(version).randbytes(200)))
            versions[stream] += 1
        await log.append(appending(*streams))


async def test_what_is_appended_meanwhile_is_not_found_fault_with(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before each page of each scan, each read of a stream, each look into the log."""
    monkeypatch.setattr(stream_verification, "LATER_AT_ONCE", 3)
    versions = {"long": LENGTH, "young": 3, "wide": 60, "new": 0}
    faulty = FaultyClient(kept.client)

    async def late(real: Real, parameters: dict[str, Any]) -> Any:
        await append_some(kept.log, versions)
        return await real()

    walked = Walked(KEY)
    await verify(kept.log, walked=walked)
    for operation in ("scan", "query"):
        faulty.always(operation, late)
    log = DynamoLog(faulty, kept.log.table)  # type: ignore[arg-type]  # acts as one

    assert await verify_streams(log, walked, is_sound) == []

    assert versions["new"] >= 24
    assert await kept.verified() == []


async def test_what_was_changed_is_found_while_others_append(kept: Kept) -> None:
    versions = {"long": LENGTH, "young": 3}
    walked = Walked(KEY)
    await verify(kept.log, walked=walked)
    await append_some(kept.log, versions)
    await kept.edit("long", 1, with_event(1, state=b"other"))
    await kept.edit("young", 1, with_event(2, state=b"other"))
    await kept.edit("young", TIP, with_event(-1, state=b"other"))

    found = await verify_streams(kept.log, walked, is_sound)

    assert places(found) == [("long", 2), ("young", 9)]
    assert places(await kept.verified()) == [("long", 2), ("young", 3)]


async def test_a_stream_that_was_seen_in_parts_is_looked_at_again(kept: Kept) -> None:
    """Its tip was read before a tail was moved out, its batches after."""
    tip = (await kept.items("long"))[TIP]
    await append_some(kept.log, {"long": LENGTH})
    faulty = FaultyClient(kept.client)

    async def torn(real: Real, parameters: dict[str, Any]) -> Any:
        answer = await real()
        old_for_new = [
            tip if (item["pk"], item["sk"]) == (tip["pk"], tip["sk"]) else item
            for item in answer["Items"]
        ]
        return {**answer, "Items": old_for_new}

    faulty.always("scan", torn)

    assert await kept.verified(DynamoLog(faulty, kept.log.table)) == []  # type: ignore[arg-type]  # acts as one


async def test_a_table_of_many_pages_is_compared_whole(dynamodb: DynamoDBClient) -> None:
    """One stream is larger than an answer; its items come in several."""
    kept = Kept(dynamodb, await new_log(dynamodb))
    chance = random.Random(2)
    for version in range(12):
        await kept.log.append(appending(to("large", version, chance.randbytes(250_000))))
    await kept.log.append(appending(to("small", 0, b"x")))

    assert await kept.verified() == []
    await kept.edit("large", 7, with_event(0, state=b"other"))
    assert await kept.verified() == [StreamBreak("large", 7, OTHER)]


async def test_lanes_are_compared_together(dynamodb: DynamoDBClient) -> None:
    """A stream may have events in several."""
    kept = Kept(dynamodb, await new_log(dynamodb, lanes=3))
    for turn in range(20):
        first = f"first-{turn}"
        await kept.log.append(appending(to(first, 0, b"x"), to("shared", turn, bytes(100))))
    walked = Walked(KEY)

    assert (await verify(kept.log, walked=walked)).broken is None
    assert await verify_streams(kept.log, walked, is_sound) == []
    tail = unpack_tail((await kept.items("shared"))[TIP]["e"]["B"])
    assert len({commit.lane for commit in tail}) > 1

    await kept.edit("shared", TIP, with_commit(0, lane=(tail[0].lane + 1) % 3))
    walked = Walked(KEY)
    await verify(kept.log, walked=walked)
    assert [each.stream for each in await verify_streams(kept.log, walked, is_sound)] == ["shared"]
