"""The tip of a stream: its version and its recent events, in one small item.

A transaction pays twice for every KiB of each item, so a tip that would outgrow its KiB starts
anew: what it held moves out into a batch, an item of its own that is never touched again.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, NamedTuple

import msgspec

from mentorbooking.adapters.persistence.dynamodb_log.items import (
    Item,
    blob,
    key,
    number,
    stream_pk,
    text,
    tip_key,
)
from mentorbooking.adapters.persistence.dynamodb_log.packing import (
    Tail,
    TailCommit,
    events_in,
    pack_tail,
    parts_of,
    unpack_tail,
)
from mentorbooking.adapters.persistence.dynamodb_log.sizes import size_of

TIP_BYTES = 1024
"""A tip grows no further; a write unit is a KiB."""

LARGEST_APPEND = 3 * 1024
"""One append's events may make a tip so large, once, so that a young stream is one item; more
move out at once. A read unit is four KiB."""

BATCH_BYTES = 300 * 1024
"""What the events of a batch may hold, before they are packed."""


class Tip(msgspec.Struct, frozen=True):
    """Where a stream stands. ``tail`` ends with the event of ``version``.

    ``begins`` is the version of its first event: 1, or 0 as some users of the library have it.
    """

    stream: str
    begins: int
    version: int
    commit_id: str
    lane: int
    position: int
    tail: Tail

    @property
    def tail_begins(self) -> int:
        """The version of the tail's first event; the next one's when the tail is empty."""
        return self.version - events_in(self.tail) + 1


class Growth(NamedTuple):
    """A stream's items after an append. ``batches`` hold what is not in the tip any more."""

    tip: Tip
    item: Item
    batches: list[Item]


def read_tip(stream: str, item: Item) -> Tip:
    return Tip(
        stream=stream,
        begins=0 if "b" in item else 1,
        version=version_in(item),
        commit_id=item["c"]["S"],
        lane=int(item["l"]["N"]),
        position=int(item["p"]["N"]),
        tail=unpack_tail(item["e"]["B"]),
    )


def version_in(item: Item | None) -> int:
    """Return the version that a tip's item tells; 0 when there is none."""
    return 0 if item is None else int(item["v"]["N"])


def grow(before: Tip | None, stream: str, expected_version: int, commit: TailCommit) -> Growth:
    """Add a commit's events behind ``expected_version``, which is where ``before`` stands."""
    old: Tail = () if before is None else before.tail
    begins = expected_version + 1 if before is None else before.begins
    grown = _tip(stream, begins, expected_version, (*old, commit), commit)
    item = _item(grown)
    if size_of(item) <= (TIP_BYTES if old else LARGEST_APPEND):
        return Growth(grown, item, [])
    batches = [] if before is None else _batches(stream, before.tail_begins, old)
    if old:
        grown = msgspec.structs.replace(grown, tail=(commit,))
        item = _item(grown)
    if size_of(item) > LARGEST_APPEND:
        batches += _batches(stream, expected_version + 1, (commit,))
        grown = msgspec.structs.replace(grown, tail=())
        item = _item(grown)
    return Growth(grown, item, batches)


def _tip(stream: str, begins: int, expected_version: int, tail: Tail, newest: TailCommit) -> Tip:
    return Tip(
        stream=stream,
        begins=begins,
        version=expected_version + len(newest.events),
        commit_id=newest.commit_id,
        lane=newest.lane,
        position=newest.first + newest.events[-1].number,
        tail=tail,
    )


def _item(tip: Tip) -> Item:
    item = {
        **tip_key(tip.stream),
        "v": number(tip.version),
        "c": text(tip.commit_id),
        "l": number(tip.lane),
        "p": number(tip.position),
        "e": blob(pack_tail(tip.tail)),
    }
    return item if tip.begins else {**item, "b": number(0)}


def _batches(stream: str, first_version: int, tail: Tail) -> list[Item]:
    batches = []
    for part in parts_of(tail, BATCH_BYTES):
        batches.append({**key(stream_pk(stream), first_version), "e": blob(pack_tail(part))})
        first_version += events_in(part)
    return batches


class KnownTips:
    """Tips that were read or written last. Each was committed; it may be behind by now."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._tips: OrderedDict[str, Tip] = OrderedDict()

    def get(self, stream: str) -> Tip | None:
        return self._tips.get(stream)

    def put(self, tip: Tip) -> None:
        """Keep a tip, unless a newer one is known; the one not put for longest goes."""
        known = self._tips.pop(tip.stream, None)
        newer = known if known is not None and known.version > tip.version else tip
        self._tips[tip.stream] = newer
        while len(self._tips) > self._capacity:
            self._tips.popitem(last=False)


def condition_on(version: int) -> dict[str, Any]:
    """Return the condition that a stream stands at a version, in the client's terms.

    0 may be a stream yet to begin or one whose only event has version 0; see ``StreamAppend``.
    """
    if version < 0:
        return {"ConditionExpression": "attribute_not_exists(pk)"}
    condition = "attribute_not_exists(pk) OR v = :v" if version == 0 else "v = :v"
    return {
        "ConditionExpression": condition,
        "ExpressionAttributeValues": {":v": number(version)},
    }
