"""A lane of the log: entries in one order, each behind the one before.

Entries are commits; in lane 0, where there are several lanes, cuts too: see ``cuts``. A lane is
divided into epochs of 65,536 positions, an entry being where its first event is. No epoch is
skipped, so the newest is found by trying ever larger ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from mentorbooking.adapters.persistence.chain import GENESIS, Checkpoint
from mentorbooking.adapters.persistence.dynamodb_log.asking.patience import Patience
from mentorbooking.adapters.persistence.dynamodb_log.asking.steps import Call, Steps, asking
from mentorbooking.adapters.persistence.dynamodb_log.items import (
    Item,
    blob,
    commit_key,
    epoch_of,
    lane_pk,
    number,
    text,
)
from mentorbooking.adapters.persistence.dynamodb_log.packing import (
    CommitContent,
    pack_commit,
    unpack_commit,
)
from mentorbooking.adapters.persistence.requests import LogUnavailable, StoredEvent

NOWHERE = Checkpoint(0, GENESIS)


class LanesAdded(LogUnavailable):
    """The log has got more lanes than this process was started for."""

    def __init__(self) -> None:
        super().__init__("the log has more lanes than when this process was started")


class Lane:
    """A lane and how far this process knows it; it may be further by now.

    ``is_only``: as far as this process knows there is no other one.
    """

    def __init__(self, table: str, number: int, *, is_only: bool = False) -> None:
        self.table = table
        self.number = number
        self.is_only = is_only
        self.known: Checkpoint | None = None
        self.end: Checkpoint | None = None

    def learn(self, end: Checkpoint) -> None:
        """Take in the end of a commit that was seen."""
        if self.known is None or end.position > self.known.position:
            self.known = end

    def learn_end(self, end: Checkpoint) -> None:
        """Take in where the lane ended: nothing was behind it.

        Only there an append may be tried. What was seen may end before a hole, and who put
        something into that would bury what was lost.
        """
        self.learn(end)
        if self.end is None or end.position > self.end.position:
            self.end = end


class Commit(NamedTuple):
    """A commit as its item holds it."""

    first: int
    size: int
    commit_id: str
    time_us: int
    hash: bytes
    content: CommitContent

    @property
    def end(self) -> Checkpoint:
        return Checkpoint(self.first + self.size - 1, self.hash)

    def stored_events(self, lane: int = 0, at: int | None = None) -> list[StoredEvent]:
        """Return its events; in the one order they stand from ``at`` on: where it begins, unless
        it is of another ``lane`` than that.
        """
        first = self.first if at is None else at
        return [
            StoredEvent(
                first + place,
                event.stream,
                event.version,
                event.topic,
                event.state,
                self.commit_id,
                self.time_us,
                self.content.metadata,
                place,
                lane,
                self.first + place if lane else 0,
            )
            for place, event in enumerate(self.content.events)
        ]


def commit_item(lane: int, commit: Commit) -> Item:
    return {
        **commit_key(lane, commit.first),
        "k": number(commit.size),
        "c": text(commit.commit_id),
        "t": number(commit.time_us),
        "h": blob(commit.hash),
        "e": blob(pack_commit(commit.content)),
    }


def read_commit(item: Item) -> Commit:
    return Commit(
        first=int(item["sk"]["N"]),
        size=int(item["k"]["N"]),
        commit_id=item["c"]["S"],
        time_us=int(item["t"]["N"]),
        hash=item["h"]["B"],
        content=unpack_commit(item["e"]["B"]),
    )


def is_cut(item: Item) -> bool:
    """Tell whether an entry is no commit but a cut: see ``cuts``."""
    return "r" in item


def end_of(item: Item) -> Checkpoint:
    """Return where an entry ends, without unpacking it."""
    return Checkpoint(int(item["sk"]["N"]) + int(item["k"]["N"]) - 1, item["h"]["B"])


def newest(lane: Lane, patience: Patience) -> Steps[Checkpoint]:
    """Find the lane's end: everything that was committed before this began is before it.

    One query while the lane stays in the epoch that is known; a query for each doubling of the
    lane when nothing is known.
    """
    known = lane.known or NOWHERE
    while True:
        epoch = epoch_of(known.position + 1)
        item = yield from _last_in(lane, epoch, known.position + 1, patience)
        if item is not None:
            known = end_of(item)
        if item is None or epoch_of(known.position + 1) == epoch:
            lane.learn_end(known)
            return known
        known = yield from _gallop(lane, known, patience)


def _gallop(lane: Lane, known: Checkpoint, patience: Patience) -> Steps[Checkpoint]:
    """Return the end of the last epoch that has commits; ``known`` when it has the last."""
    lowest, step = epoch_of(known.position), 1
    empty: int | None = None
    while empty is None or empty - lowest > 1:
        tried = lowest + step if empty is None else (lowest + empty) // 2
        item = yield from _last_in(lane, tried, known.position + 1, patience)
        if item is None:
            empty = tried
        else:
            known, lowest, step = end_of(item), tried, step * 2
    return known


def _last_in(lane: Lane, epoch: int, first: int, patience: Patience) -> Steps[Item | None]:
    call = query_lane(lane, epoch, "sk >= :n", {":n": number(first)}, 1, ScanIndexForward=False)
    items: Sequence[Item] = (yield from asking(call, patience))["Items"]
    check_for_cuts(lane, items)
    return items[0] if items else None


def check_for_cuts(lane: Lane, items: Iterable[Item]) -> None:
    """Raise ``LanesAdded`` where a process that knows of one lane finds cuts in it."""
    if lane.is_only and any(is_cut(item) for item in items):
        raise LanesAdded


def query_lane(lane: Lane, epoch: int, keys: str, values: Item, limit: int, **more: Any) -> Call:
    """Return a query of an epoch for entries that begin at some positions."""
    return Call(
        "query",
        {
            "TableName": lane.table,
            "KeyConditionExpression": f"pk = :pk AND {keys}",
            "ExpressionAttributeValues": {":pk": text(lane_pk(lane.number, epoch)), **values},
            "Limit": limit,
            "ConsistentRead": True,
            **more,
        },
    )
