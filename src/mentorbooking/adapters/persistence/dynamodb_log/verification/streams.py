"""Compares what the table keeps of every stream (tips, batches, snapshots) with the log.

While a lane is walked its events are added to digests; then the whole table is scanned, in
segments side by side, and the events that streams would be loaded with are taken out again. What
is left over leads to the streams that differ: these alone are compared event by event, in a second
walk and a second scan. Memory is that of the digests, of a page for each segment, and of the
largest stream.

Appends may go on meanwhile. What they put behind the end of the walk is looked up in the log.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Final, NamedTuple

from mentorbooking.adapters.persistence.chain import ChainedCommit, StreamBreak
from mentorbooking.adapters.persistence.dynamodb_log.items import Item, stream_in, stream_pk
from mentorbooking.adapters.persistence.dynamodb_log.lanes.lane import Commit, read_commit
from mentorbooking.adapters.persistence.dynamodb_log.log import DynamoDBLog
from mentorbooking.adapters.persistence.dynamodb_log.verification.event_digests import (
    EventDigests,
    bucket_of,
)
from mentorbooking.adapters.persistence.dynamodb_log.verification.stored_streams import (
    UNREADABLE,
    LaneEvent,
    StoredStream,
    stored_stream,
)
from mentorbooking.adapters.persistence.requests import Snapshot, StoredEvent

MOST_TOLD: Final = 100
"""So many streams are named at most; then nothing more is looked for."""

SEGMENTS: Final = 4
BUCKETS_AT_ONCE: Final = 256
"""Of so many buckets the events are remembered one by one: one in 256 of the log's."""

LATER_AT_ONCE: Final = 10_000
_LOOKS: Final = 4
_PAUSE_SECONDS: Final = 0.1

SnapshotCheck = Callable[[Snapshot, Sequence[StoredEvent]], bool]
"""Tells whether a snapshot is what the events up to its version come to."""


class Walked:
    """What was seen of the lanes that were walked: where they end, and the events' digests."""

    def __init__(self, key: bytes) -> None:
        """``key``: see ``EventDigests``."""
        self.ends: dict[int, int] = {}
        self.digests = EventDigests(key)

    def note(self, lane: int, commit: ChainedCommit) -> None:
        """Take in a commit that was found whole."""
        self.ends[lane] = commit.first + commit.size - 1
        for position, event in commit.events:
            self.digests.add(
                lane,
                StoredEvent(
                    position,
                    event.stream,
                    event.version,
                    event.topic,
                    event.state,
                    commit.commit_id,
                    commit.time_us,
                    commit.metadata,
                    position - commit.first,
                ),
            )


class _Later(NamedTuple):
    """An event that was found behind the end of the walk."""

    lane: int
    position: int
    stream: str
    version: int
    fingerprint: int


Visit = Callable[[str, Sequence[Item]], Awaitable[None]]


async def verify_streams(
    log: DynamoDBLog,
    walked: Walked,
    is_right: SnapshotCheck,
    progress: Callable[[int], object] | None = None,
) -> Sequence[StreamBreak]:
    """Return the first break of each stream that is not as all lanes of the log have it.

    ``progress`` is told how many events were compared. Raises ``LogUnavailable``.
    """
    return await _Comparison(log, walked, is_right, progress).result()


class _Comparison:
    def __init__(
        self,
        log: DynamoDBLog,
        walked: Walked,
        is_right: SnapshotCheck,
        progress: Callable[[int], object] | None,
    ) -> None:
        self._log = log
        self._digests, self._ends = walked.digests, walked.ends
        self._is_right = is_right
        self._progress = progress
        self._compared = 0
        self._later: list[_Later] = []
        self._breaks: dict[str, StreamBreak] = {}
        self._wrong_snapshots: list[StreamBreak] = []

    async def result(self) -> Sequence[StreamBreak]:
        await self._scan(self._take)
        await self._settle(self._later)
        odd = self._digests.odd_buckets()[:BUCKETS_AT_ONCE]
        if odd and not self._is_enough:
            await self._compare_one_by_one(frozenset(odd))
        for found in self._wrong_snapshots:
            self._tell(found)
        return sorted(self._breaks.values())[:MOST_TOLD]

    @property
    def _is_enough(self) -> bool:
        return len(self._breaks) >= MOST_TOLD

    async def _scan(self, visit: Visit) -> None:
        async with asyncio.TaskGroup() as tasks:
            for segment in range(SEGMENTS):
                tasks.create_task(self._scan_segment(segment, visit))

    async def _scan_segment(self, segment: int, visit: Visit) -> None:
        stream, items = "", list[Item]()
        start: Item | None = None
        while not self._is_enough:
            page = await self._log.scan_page(segment, SEGMENTS, start)
            for item in page.items:
                name = stream_in(item["pk"]["S"])
                if items and name != stream:
                    await visit(stream, items)
                    items = []
                stream = name
                items.append(item)
            start = page.following
            if start is None:
                break
        if items:
            await visit(stream, items)

    async def _take(self, stream: str, items: Sequence[Item]) -> None:
        """Take a stream's events out of the digests."""
        stored = await self._at_rest(stored_stream(stream, items))
        for found in stored.breaks:
            self._tell(found)
        for placed in stored.events:
            lane, event = placed
            if lane not in self._ends:
                self._broken(event, f"the event names lane {lane}, which the log does not have")
            elif event.position <= self._ends[lane]:
                self._digests.take(lane, event)
                self._compared += 1
            else:
                await self._note_later(placed)
        self._check_snapshot(stored)
        if self._progress is not None:
            self._progress(self._compared)

    async def _at_rest(self, stored: StoredStream) -> StoredStream:
        """Read a stream that contradicts itself again: what is written in one transaction may be
        seen in parts.
        """
        for look in range(_LOOKS):
            if not stored.breaks:
                break
            await asyncio.sleep(look * _PAUSE_SECONDS)
            stored = stored_stream(stored.stream, await self._log.query(stream_pk(stored.stream)))
        return stored

    def _check_snapshot(self, stored: StoredStream) -> None:
        """Note a snapshot that is wrong; where its events turn out to be, these are told."""
        snapshot = stored.snapshot
        if snapshot is None or stored.breaks:
            return
        events = [event for _, event in stored.events if event.version <= snapshot.version]
        if not self._is_right(snapshot, events):
            what = "the snapshot is not what the events come to"
            self._wrong_snapshots.append(StreamBreak(stored.stream, snapshot.version, what))

    async def _note_later(self, placed: LaneEvent) -> None:
        lane, event = placed
        fingerprint = self._digests.fingerprint(lane, event)
        self._later.append(_Later(lane, event.position, event.stream, event.version, fingerprint))
        if len(self._later) >= LATER_AT_ONCE:
            later, self._later = self._later, []
            await self._settle(later)

    async def _settle(self, later: Sequence[_Later]) -> None:
        """Look up in the log what was found behind the end of the walk."""
        for look in range(_LOOKS):
            if not later:
                return
            await asyncio.sleep(look * _PAUSE_SECONDS)
            later = [each for lane in self._ends for each in await self._not_in(lane, later)]
        for each in later:
            self._tell(StreamBreak(each.stream, each.version, "the log does not hold the event"))

    async def _not_in(self, lane: int, later: Sequence[_Later]) -> list[_Later]:
        """Return those of a lane that aren't there, or not there yet."""
        wanted = {(each.position, each.fingerprint): each for each in later if each.lane == lane}
        if wanted:
            upto = max(position for position, _ in wanted)
            async for commit in self._commits(lane, self._ends[lane], upto):
                for event in commit.stored_events():
                    wanted.pop((event.position, self._digests.fingerprint(lane, event)), None)
        return list(wanted.values())

    async def _compare_one_by_one(self, odd: frozenset[int]) -> None:
        held: dict[str, dict[int, int]] = {}
        for lane, end in self._ends.items():
            async for commit in self._commits(lane, 0, end):
                for event in commit.stored_events():
                    if bucket_of(event.stream) in odd:
                        versions = held.setdefault(event.stream, {})
                        versions[event.version] = self._digests.fingerprint(lane, event)

        async def visit(stream: str, items: Sequence[Item]) -> None:
            if bucket_of(stream) in odd:
                stored = await self._at_rest(stored_stream(stream, items))
                self._compare(stored, held.pop(stream, {}))

        await self._scan(visit)
        if not self._is_enough:
            for stream, versions in held.items():
                self._tell(StreamBreak(stream, max(versions), "nothing is kept of the stream"))

    def _compare(self, stored: StoredStream, held: dict[int, int]) -> None:
        kept = {
            event.version: self._digests.fingerprint(lane, event)
            for lane, event in stored.events
            if event.position <= self._ends.get(lane, 0)
        }
        for version in sorted(held.keys() | kept.keys()):
            if version not in kept:
                what = "the event is missing"
            elif version not in held:
                what = "the log does not hold the event"
            elif kept[version] != held[version]:
                what = "the event is not the one that the log holds"
            else:
                continue
            self._tell(StreamBreak(stored.stream, version, what))
            return

    async def _commits(self, lane: int, after: int, upto: int) -> AsyncIterator[Commit]:
        """Yield commits that begin behind a position, as far as they can be read."""
        while after < upto and (items := await self._log.entry_items(after, lane=lane)):
            for item in items:
                after = int(item["sk"]["N"])
                try:
                    commit = read_commit(item)
                except UNREADABLE:
                    return
                if commit.first > upto:
                    return
                yield commit

    def _broken(self, event: StoredEvent, what: str) -> None:
        self._tell(StreamBreak(event.stream, event.version, what))

    def _tell(self, found: StreamBreak) -> None:
        self._breaks.setdefault(found.stream, found)
