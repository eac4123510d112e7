"""A stream as its items tell it: what loading would take for true, and what contradicts itself."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, TypeVar

import msgspec

from mentorbooking.adapters.persistence.chain import StreamBreak
from mentorbooking.adapters.persistence.dynamodb_log.items import SNAPSHOT, TIP, Item
from mentorbooking.adapters.persistence.dynamodb_log.packing import Tail, tail_events, unpack_tail
from mentorbooking.adapters.persistence.dynamodb_log.streams.reading import snapshot_in
from mentorbooking.adapters.persistence.dynamodb_log.streams.tips import Tip, read_tip
from mentorbooking.adapters.persistence.requests import Snapshot, StoredEvent

T = TypeVar("T")

_NO_POSITION = 1 << 63

UNREADABLE = (KeyError, TypeError, ValueError, zlib.error, msgspec.MsgspecError)
"""What decoding an item raises that nobody of us has written."""


class LaneEvent(NamedTuple):
    """An event with its position in the lane that it was committed to, and that lane."""

    lane: int
    event: StoredEvent


class StoredStream(NamedTuple):
    """``events`` as they would be loaded without the ``snapshot``, oldest first."""

    stream: str
    events: Sequence[LaneEvent]
    snapshot: Snapshot | None
    breaks: Sequence[StreamBreak]


def stored_stream(stream: str, items: Sequence[Item]) -> StoredStream:
    """Read all items of a stream."""
    return _Reading(stream, {int(item["sk"]["N"]): item for item in items}).result()


class _Reading:
    def __init__(self, stream: str, items: Mapping[int, Item]) -> None:
        self._stream = stream
        self._items = items
        self._events: list[LaneEvent] = []
        self._breaks: list[StreamBreak] = []

    def result(self) -> StoredStream:
        tip = self._read(TIP, "the tip", 0, lambda item: read_tip(self._stream, item))
        for place in sorted(self._items):
            if place < SNAPSHOT:
                self._broken(0, f"an item stands at {place}, where nothing belongs")
        batches = sorted(place for place in self._items if place >= 0)
        if tip is None:
            expected = self._take_batches(batches, batches[0] if batches else 1)
        else:
            moved_out = [place for place in batches if place < tip.tail_begins]
            expected = self._take_batches(moved_out, tip.begins)
            for place in batches[len(moved_out) :]:
                self._broken(place, "a batch stands where nothing was moved out to")
        if tip is not None:
            self._take_tip(tip, expected)
        elif TIP not in self._items:
            self._broken(expected - 1, "the tip is missing")
        return StoredStream(self._stream, self._events, self._snapshot(), self._breaks)

    def _take_batches(self, places: Sequence[int], expected: int) -> int:
        """Take in events that were moved out; return the version that has to come next."""
        for first in places:
            tail = self._read(first, "the batch", first, lambda item: unpack_tail(item["e"]["B"]))
            if tail is None:
                continue
            if first > expected:
                self._broken(expected, "an event is missing")
            elif first < expected:
                self._broken(first, "two batches hold the event")
            taken = self._take(first, tail)
            if not taken:
                self._broken(first, "the batch holds nothing")
            expected = max(expected, first + taken)
        return expected

    def _take_tip(self, tip: Tip, expected: int) -> None:
        self._take(tip.tail_begins, tip.tail)
        if tip.tail_begins != expected:
            told = f"the tip tells version {tip.version}"
            self._broken(tip.version, f"{told}, and its events go on from {expected - 1}")
        if not self._events:
            self._broken(tip.version, "the tip has no events")
            return
        lane, last = self._events[-1]
        if (tip.commit_id, tip.lane, tip.position) != (last.commit_id, lane, last.position):
            self._broken(tip.version, "the tip names another commit than that of its last event")

    def _snapshot(self) -> Snapshot | None:
        snapshot = self._read(
            SNAPSHOT, "the snapshot", 0, lambda item: snapshot_in(self._stream, item)
        )
        newest = max(map(_version, self._events), default=0)
        if snapshot is not None and not 0 <= snapshot.version <= newest:
            self._broken(snapshot.version, "the snapshot is of a version that was not reached")
        return snapshot

    def _read(self, place: int, what: str, version: int, read: Callable[[Item], T]) -> T | None:
        item = self._items.get(place)
        try:
            return None if item is None else read(item)
        except UNREADABLE as error:
            self._broken(version, f"{what} can't be read: {error!r}")
            return None

    def _take(self, first: int, tail: Tail) -> int:
        events = [_in_its_lane(event) for event in tail_events(self._stream, first, tail)]
        for placed in events:
            _, event = placed
            if 0 < event.position < _NO_POSITION:
                self._events.append(placed)
            else:
                self._broken(event.version, f"the event claims position {event.position}")
        return len(events)

    def _broken(self, version: int, what: str) -> None:
        self._breaks.append(StreamBreak(self._stream, version, what))


def _in_its_lane(event: StoredEvent) -> LaneEvent:
    if event.lane == 0:
        return LaneEvent(0, event)
    there = msgspec.structs.replace(event, position=event.lane_position, lane=0, lane_position=0)
    return LaneEvent(event.lane, there)


def _version(placed: LaneEvent) -> int:
    return placed.event.version
