"""Cuts: what puts the commits of several lanes into one order.

With several lanes commits are made in lanes 1, 2, …, side by side, and lane 0 is the one order
of all of them: its entries are cuts, and a cut says how far each of the other lanes is taken in
next. Who reads the log makes them; see ``taking_in``. (Scalog, NSDI 2020, orders shards of a log
by such cuts.) Commits of the time when there was one lane stand before the first cut, in lane 0
itself, so that positions go on.

A cut is sealed as if it were a commit of all its events, whose metadata are what the cut says
and the hashes of the commits: who has kept lane 0's newest hash can prove every lane by it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from mentorbooking.adapters.persistence.chain import Checkpoint, chain_hash, content_bytes
from mentorbooking.adapters.persistence.dynamodb_log.items import Item, blob, commit_key, number
from mentorbooking.adapters.persistence.dynamodb_log.lanes.lane import Commit, is_cut, read_commit
from mentorbooking.adapters.persistence.requests import StoredEvent

Reach = tuple[int, ...]
"""A position in each lane, by the lane's number; lanes that are not named have nothing in it."""


class Run(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Positions of a lane that follow each other, in the order of lane 0 too."""

    lane: int
    first: int
    last: int

    @property
    def size(self) -> int:
        return self.last - self.first + 1


class CutContent(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What a cut says: the runs in their order, and how far all lanes are in order with it."""

    runs: tuple[Run, ...]
    reach: Reach


class Cut(NamedTuple):
    """A cut as its item holds it; ``packed`` is its content."""

    first: int
    size: int
    hash: bytes
    packed: bytes

    @property
    def end(self) -> Checkpoint:
        return Checkpoint(self.first + self.size - 1, self.hash)

    @property
    def content(self) -> CutContent:
        return _decoder.decode(self.packed)


Entry = Commit | Cut
"""What stands in lane 0: commits, and behind them cuts."""

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(CutContent)


def make_cut(before: Checkpoint, reach: Reach, merged: Sequence[tuple[int, Commit]]) -> Cut:
    """Return the cut behind ``before`` that takes in commits, each with its lane."""
    first = before.position + 1
    size = sum(commit.size for _, commit in merged)
    content = CutContent(_runs(merged), (before.position + size, *reach[1:]))
    packed = _encoder.encode(content)
    sealed = sealed_bytes(packed, [commit for _, commit in merged])
    return Cut(first, size, chain_hash(before.hash, 0, first, sealed), packed)


def cut_metadata(packed: bytes, hashes: Sequence[bytes]) -> bytes:
    """Return what stands for the metadata of a commit where a cut is sealed."""
    return b"".join((packed, *hashes))


def sealed_bytes(packed: bytes, commits: Sequence[Commit]) -> bytes:
    """Return the canonical bytes of a cut that takes in ``commits``, in this order."""
    events = [
        (event.stream, event.version, event.topic, event.state)
        for commit in commits
        for event in commit.content.events
    ]
    return content_bytes("", 0, cut_metadata(packed, [commit.hash for commit in commits]), events)


def _runs(merged: Sequence[tuple[int, Commit]]) -> tuple[Run, ...]:
    runs: list[Run] = []
    for lane, commit in merged:
        if runs and runs[-1].lane == lane:
            runs[-1] = msgspec.structs.replace(runs[-1], last=commit.end.position)
        else:
            runs.append(Run(lane, commit.first, commit.end.position))
    return tuple(runs)


def cut_item(cut: Cut) -> Item:
    return {
        **commit_key(0, cut.first),
        "k": number(cut.size),
        "h": blob(cut.hash),
        "r": blob(cut.packed),
    }


def read_entry(item: Item) -> Entry:
    if not is_cut(item):
        return read_commit(item)
    return Cut(int(item["sk"]["N"]), int(item["k"]["N"]), item["h"]["B"], item["r"]["B"])


def reach_of(entry: Entry) -> Reach:
    """Return how far all lanes are in order with an entry of lane 0."""
    return entry.content.reach if isinstance(entry, Cut) else (entry.end.position,)


def ranges_of(cuts: Iterable[Cut]) -> dict[int, tuple[int, int]]:
    """Return from where to where, by lane, cuts take in positions."""
    ranges: dict[int, tuple[int, int]] = {}
    for cut in cuts:
        for run in cut.content.runs:
            first, _ = ranges.get(run.lane, (run.first, 0))
            ranges[run.lane] = first, run.last
    return ranges


def events_of(cut: Cut, lanes: Mapping[int, Sequence[Commit]]) -> list[StoredEvent]:
    """Return the events that a cut takes in by their positions in lane 0.

    ``lanes`` hold their commits, and maybe others.
    """
    events: list[StoredEvent] = []
    for run in cut.content.runs:
        for commit in lanes[run.lane]:
            if run.first <= commit.first <= run.last:
                events += commit.stored_events(run.lane, cut.first + len(events))
    return events
