"""Reading one stream: its tip, its snapshot, and batches only where these don't reach."""

from __future__ import annotations

from collections.abc import Sequence

from mentorbooking.adapters.persistence.dynamodb_log.asking.faults import CONDITION_FAILED_ALONE
from mentorbooking.adapters.persistence.dynamodb_log.asking.patience import Patience
from mentorbooking.adapters.persistence.dynamodb_log.asking.single_items import (
    get_item,
    get_items,
    query_items,
)
from mentorbooking.adapters.persistence.dynamodb_log.asking.steps import Call, Pause, Steps, asking
from mentorbooking.adapters.persistence.dynamodb_log.items import (
    SNAPSHOT,
    TIP,
    Item,
    blob,
    key,
    number,
    stream_in,
    stream_pk,
    tip_key,
)
from mentorbooking.adapters.persistence.dynamodb_log.packing import (
    pack_state,
    tail_events,
    unpack_state,
    unpack_tail,
)
from mentorbooking.adapters.persistence.dynamodb_log.sizes import check_sizes
from mentorbooking.adapters.persistence.dynamodb_log.streams.tips import KnownTips, Tip, read_tip
from mentorbooking.adapters.persistence.dynamodb_log.terms import Loaded
from mentorbooking.adapters.persistence.requests import GapInLog, Snapshot, StoredEvent

_LOOKS = 5
_BATCHES_AT_ONCE = 16
_TIPS_AT_ONCE = 100
_BEFORE_ALL = -1


def read_stream(
    table: str, tips: KnownTips, stream: str, after_version: int, patience: Patience
) -> Steps[list[StoredEvent]]:
    """Return a stream's events behind a version; ``GapInLog`` when one is missing."""
    for look in range(_LOOKS):
        item = yield from get_item(table, tip_key(stream), patience)
        tip = _known(tips, stream, item)
        events = yield from _events_behind(table, stream, tip, after_version, patience)
        if events is not None:
            return events
        yield from _wait(patience, look)
    raise _gap(stream)


def load(
    table: str, tips: KnownTips, stream: str, schema: int | None, patience: Patience
) -> Steps[Loaded]:
    """Return the snapshot of a schema, the events behind it and the version."""
    for look in range(_LOOKS):
        items = yield from query_items(table, stream_pk(stream), patience, last=-1)
        found = {int(item["sk"]["N"]): item for item in items}
        tip = _known(tips, stream, found.get(TIP))
        snapshot = _of_schema(stream, found.get(SNAPSHOT), schema)
        base = _BEFORE_ALL if snapshot is None else snapshot.version
        events = yield from _events_behind(table, stream, tip, base, patience)
        if events is not None:
            version = max(0 if tip is None else tip.version, base)
            where = (0, 0) if tip is None else (tip.lane, tip.position)
            return Loaded(snapshot, events, version, *where)
        yield from _wait(patience, look)
    raise _gap(stream)


def load_tips(
    table: str, tips: KnownTips, streams: Sequence[str], patience: Patience
) -> Steps[list[Loaded | None]]:
    """Return streams of which there is no more than a tip; None: there is more of that one."""
    wanted = list(dict.fromkeys(streams))
    found: dict[str, Loaded | None] = {}
    for start in range(0, len(wanted), _TIPS_AT_ONCE):
        keys = [tip_key(stream) for stream in wanted[start : start + _TIPS_AT_ONCE]]
        for item in (yield from get_items(table, keys, patience)):
            stream = stream_in(item["pk"]["S"])
            tip = read_tip(stream, item)
            tips.put(tip)
            events = tail_events(stream, tip.tail_begins, tip.tail)
            is_all = tip.tail_begins == tip.begins
            found[stream] = Loaded(None, events, tip.version) if is_all else None
    return [found.get(stream, Loaded(None, [], 0)) for stream in streams]


def read_snapshot(table: str, stream: str, patience: Patience) -> Steps[Snapshot | None]:
    item = yield from get_item(table, key(stream_pk(stream), SNAPSHOT), patience)
    return None if item is None else snapshot_in(stream, item)


def put_snapshot(table: str, snapshot: Snapshot, patience: Patience) -> Steps[None]:
    """Keep a snapshot, unless a newer one of its schema is kept already."""
    item = {
        **key(stream_pk(snapshot.stream), SNAPSHOT),
        "v": number(snapshot.version),
        "m": number(snapshot.schema),
        "s": blob(pack_state(snapshot.state)),
    }
    check_sizes([item], 1)
    call = Call(
        "put_item",
        {
            "TableName": table,
            "Item": item,
            "ConditionExpression": "attribute_not_exists(pk) OR v < :v OR m <> :m",
            "ExpressionAttributeValues": {":v": item["v"], ":m": item["m"]},
        },
    )
    yield from asking(call, patience, CONDITION_FAILED_ALONE)


def _known(tips: KnownTips, stream: str, item: Item | None) -> Tip | None:
    if item is None:
        return None
    tip = read_tip(stream, item)
    tips.put(tip)
    return tip


def snapshot_in(stream: str, item: Item) -> Snapshot:
    version, schema = int(item["v"]["N"]), int(item["m"]["N"])
    return Snapshot(stream, version, schema, unpack_state(item["s"]["B"]))


def _of_schema(stream: str, item: Item | None, schema: int | None) -> Snapshot | None:
    if item is None or (schema is not None and int(item["m"]["N"]) != schema):
        return None
    return snapshot_in(stream, item)


def _events_behind(
    table: str, stream: str, tip: Tip | None, after: int, patience: Patience
) -> Steps[list[StoredEvent] | None]:
    """Return the events ``after`` a version up to the tip; None when one is missing.

    The tip and the batches are two reads. A transaction may become visible in between, item by
    item (AWS, "DynamoDB transactions: how it works", isolation levels): look again.
    """
    if tip is None or tip.version <= after:
        return []
    after = max(after, tip.begins - 1)
    events = tail_events(stream, tip.tail_begins, tip.tail)
    if tip.tail_begins > after + 1:
        moved = yield from _moved_out(table, stream, after, tip.tail_begins - 1, patience)
        events = [*moved, *events]
    events = [event for event in events if event.version > after]
    is_whole = [event.version for event in events] == list(range(after + 1, tip.version + 1))
    return events if is_whole else None


def _moved_out(
    table: str, stream: str, after: int, last: int, patience: Patience
) -> Steps[list[StoredEvent]]:
    """Read batches from the newest back to the one that holds the version behind ``after``."""
    pk = stream_pk(stream)
    batches: list[list[StoredEvent]] = []
    begins = last + 1
    while begins > after + 1:
        limit = None if after <= 0 else min(begins - after - 1, _BATCHES_AT_ONCE)
        items = yield from query_items(
            table, pk, patience, first=0, last=begins - 1, descending=True, limit=limit
        )
        if not items:
            break
        for item in items:
            begins = int(item["sk"]["N"])
            batches.append(tail_events(stream, begins, unpack_tail(item["e"]["B"])))
    return [event for batch in reversed(batches) for event in batch]


def _wait(patience: Patience, look: int) -> Steps[None]:
    seconds = patience.next_pause() if look + 1 < _LOOKS else 0.0
    if seconds:
        yield Pause(seconds)


def _gap(stream: str) -> GapInLog:
    return GapInLog(f"{stream} lacks a version")
