"""What the table keeps of streams beside the log is what the log holds, or verifying names it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from mentorbooking.adapters.persistence.chain import StreamBreak
from mentorbooking.adapters.persistence.dynamodb_log.items import blob, number, text
from mentorbooking.adapters.persistence.dynamodb_log.packing import (
    TailEvent,
    pack_state,
    pack_tail,
    unpack_tail,
)
from mentorbooking.adapters.persistence.dynamodb_log.verification import (
    streams as stream_verification,
)
from mentorbooking.adapters.persistence.dynamodb_log.verification.chains import verify
from mentorbooking.adapters.persistence.dynamodb_log.verification.streams import (
    MOST_TOLD,
    Walked,
    verify_streams,
)
from tests.support.dynamodb_logs import new_log

if TYPE_CHECKING:
    from types_aiobotocore_dynamodb import DynamoDBClient
from tests.support.kept_streams import (
    KEY,
    LENGTH,
    SNAPSHOT,
    SNAPSHOT_OF,
    TIP,
    Kept,
    is_sound,
    with_commit,
    with_event,
)

pytestmark = pytest.mark.anyio


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


async def test_where_all_is_wrong_enough_is_told(kept: Kept) -> None:
    tip = (await kept.items("young"))[TIP]
    for count in range(MOST_TOLD + 20):
        await kept.put(tip, pk=text(f"S#foreign-{count}"), v=number(9))

    assert len(await kept.verified()) == MOST_TOLD
