"""Checks the whole log against its hash chains, at any time, while it is being written or not.

Lane 0 is walked from its beginning. Where cuts stand in it, the other lanes are walked beside
it, each against its own chain, as far as the cuts take them in, and then to their ends. What the
table keeps of each stream beside the log is compared in ``streams``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

from mentorbooking.adapters.persistence.chain import (
    GENESIS,
    Break,
    ChainBroken,
    ChainedCommit,
    ChainedEvent,
    Checkpoint,
    Verification,
    break_in,
    verify_chain,
)
from mentorbooking.adapters.persistence.dynamodb_log.items import Item
from mentorbooking.adapters.persistence.dynamodb_log.lanes.cuts import (
    Cut,
    Entry,
    cut_metadata,
    read_entry,
)
from mentorbooking.adapters.persistence.dynamodb_log.lanes.lane import Commit
from mentorbooking.adapters.persistence.dynamodb_log.log import DynamoDBLog
from mentorbooking.adapters.persistence.dynamodb_log.verification.stored_streams import UNREADABLE
from mentorbooking.adapters.persistence.dynamodb_log.verification.streams import Walked
from mentorbooking.adapters.persistence.requests import LogUnavailable

Fetch = Callable[[int, int], list[Item]]
"""Returns some entries' items of a lane that begin behind a position."""


async def verify(
    log: DynamoDBLog,
    checkpoint: Checkpoint | None = None,
    progress: Callable[[int], object] | None = None,
    *,
    walked: Walked | None = None,
) -> Verification:
    """Walk the log from its beginning, in a thread, and report the first break.

    ``checkpoint`` is one that ``DynamoDBLog.checkpoint`` told earlier. ``progress`` is told each
    entry's last position, in that thread. Memory stays flat. ``walked`` takes in what was found
    whole, for ``verify_streams``.
    """
    loop = asyncio.get_running_loop()

    def fetch(lane: int, after: int) -> list[Item]:
        return asyncio.run_coroutine_threadsafe(log.entry_items(after, lane=lane), loop).result()

    lanes = range(1, log.lanes + 1) if log.lanes > 1 else ()
    return await asyncio.to_thread(lambda: walk(fetch, lanes, checkpoint, progress, walked))


def walk(
    fetch: Fetch,
    lanes: range | tuple[()],
    checkpoint: Checkpoint | None = None,
    progress: Callable[[int], object] | None = None,
    walked: Walked | None = None,
) -> Verification:
    """Verify lane 0 and what its cuts take in, and the rest of ``lanes``."""
    if walked is not None:
        walked.ends = dict.fromkeys((0, *lanes), 0)
    beside = _Beside(fetch, walked)
    found = verify_chain(_chained_entries(fetch, beside), checkpoint=checkpoint, progress=progress)
    broken = found.broken
    if broken is None:
        try:
            for lane in lanes:
                beside.walk_to_the_end(lane)
        except ChainBroken as behind:
            broken = Break(found.whole_until.position + 1, behind.found.what)
    return Verification(found.commits - beside.cuts + beside.commits, found.whole_until, broken)


class _Beside:
    """The other lanes, walked as far as cuts take them in."""

    def __init__(self, fetch: Fetch, walked: Walked | None) -> None:
        self._fetch = fetch
        self._walked = walked
        self._lanes: dict[int, Iterator[Entry]] = {}
        self._ends: dict[int, Checkpoint] = {}
        self.commits = 0
        self.cuts = 0

    def taken_in(self, cut: Cut) -> ChainedCommit:
        """Return what a cut seals; ``ChainBroken`` where a lane is not whole so far."""
        self.cuts += 1
        hashes: list[bytes] = []
        events: list[tuple[int, ChainedEvent]] = []
        for run in cut.content.runs:
            while self._end(run.lane).position < run.last:
                commit = self._next(run.lane, cut.first)
                if commit is None:
                    raise ChainBroken(cut.first, f"lane {run.lane} ends before {run.last}")
                hashes.append(commit.hash)
                events += enumerate((e for _, e in commit.events), cut.first + len(events))
        metadata = cut_metadata(cut.packed, hashes)
        return ChainedCommit(cut.first, cut.size, "", 0, metadata, cut.hash, events)

    def walk_to_the_end(self, lane: int) -> None:
        while self._next(lane, 0) is not None:
            pass

    def _end(self, lane: int) -> Checkpoint:
        return self._ends.get(lane, Checkpoint(0, GENESIS))

    def _next(self, lane: int, at: int) -> ChainedCommit | None:
        entries = self._lanes.setdefault(lane, _entries(self._fetch, lane))
        try:
            entry = next(entries, None)
        except ChainBroken as broken:
            raise ChainBroken(at, f"lane {lane}: {broken}") from broken
        if entry is None:
            return None
        if isinstance(entry, Cut):
            raise ChainBroken(at, f"lane {lane}: position {entry.first}: it is no commit")
        commit = _chained(entry)
        broken_at = break_in(commit, self._end(lane), lane)
        if broken_at is not None:
            place, what = broken_at
            raise ChainBroken(at, f"lane {lane}: position {place}: {what}")
        self._ends[lane] = entry.end
        self.commits += 1
        self.note(lane, commit)
        return commit

    def note(self, lane: int, commit: ChainedCommit) -> None:
        """Tell who compares streams of a commit that was found whole."""
        if self._walked is not None:
            self._walked.note(lane, commit)


def _chained_entries(fetch: Fetch, beside: _Beside) -> Iterator[ChainedCommit]:
    for entry in _entries(fetch, 0):
        if isinstance(entry, Cut):
            yield beside.taken_in(entry)
            continue
        commit = _chained(entry)
        yield commit
        beside.note(0, commit)  # who asks for the next one has found the one before it whole


def _entries(fetch: Fetch, lane: int) -> Iterator[Entry]:
    """Yield what is stored in a lane as it is; ``ChainBroken`` where it can't be read."""
    after = 0
    while True:
        try:
            items = fetch(lane, after)
        except LogUnavailable as error:
            raise ChainBroken(after + 1, f"the table can't be read: {error}") from error
        if not items:
            return
        for item in items:
            after = int(item["sk"]["N"])
            yield _readable(item, after)


def _readable(item: Item, position: int) -> Entry:
    try:
        entry = read_entry(item)
        if isinstance(entry, Cut):
            entry.content  # noqa: B018  it is read now, or not at all
    except UNREADABLE as error:
        kind = "cut" if "r" in item else "commit"
        raise ChainBroken(position, f"the {kind} can't be read: {error!r}") from error
    return entry


def _chained(commit: Commit) -> ChainedCommit:
    events = [
        (
            commit.first + place,
            ChainedEvent(event.stream, event.version, event.topic, event.state),
        )
        for place, event in enumerate(commit.content.events)
    ]
    return ChainedCommit(
        first=commit.first,
        size=commit.size,
        commit_id=commit.commit_id,
        time_us=commit.time_us,
        metadata=commit.content.metadata,
        hash=commit.hash,
        events=events,
    )
