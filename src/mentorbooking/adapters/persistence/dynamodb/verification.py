"""Checks a whole lane against its hash chain, at any time, while it is being written or not.

What the table keeps of each stream beside the log is compared in ``stream_verification``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator

from mentorbooking.adapters.persistence.chain import (
    ChainBroken,
    ChainedCommit,
    ChainedEvent,
    Checkpoint,
    Verification,
    verify_chain,
)
from mentorbooking.adapters.persistence.dynamodb.items import Item
from mentorbooking.adapters.persistence.dynamodb.lanes import Commit, read_commit
from mentorbooking.adapters.persistence.dynamodb.log import DynamoLog
from mentorbooking.adapters.persistence.dynamodb.stored_streams import UNREADABLE
from mentorbooking.adapters.persistence.dynamodb.stream_verification import Walked
from mentorbooking.adapters.persistence.requests import LogUnavailable

Fetch = Callable[[int], list[Item]]
"""Returns some commits' items that begin behind a position."""


async def verify(
    log: DynamoLog,
    checkpoint: Checkpoint | None = None,
    progress: Callable[[int], object] | None = None,
    *,
    lane: int = 0,
    walked: Walked | None = None,
) -> Verification:
    """Walk a lane from its beginning, in a thread, and report the first break.

    ``checkpoint`` is one that ``DynamoLog.checkpoint`` told earlier. ``progress`` is told each
    commit's last position, in that thread. Memory stays flat. ``walked`` takes in what was found
    whole, for ``verify_streams``.
    """
    loop = asyncio.get_running_loop()

    def fetch(after: int) -> list[Item]:
        return asyncio.run_coroutine_threadsafe(log.commit_items(after, lane=lane), loop).result()

    def walk() -> Verification:
        commits: Iterable[ChainedCommit] = stored_commits(fetch)
        if walked is not None:
            commits = _noted(commits, walked, lane)
        return verify_chain(commits, lane=lane, checkpoint=checkpoint, progress=progress)

    return await asyncio.to_thread(walk)


def _noted(commits: Iterable[ChainedCommit], walked: Walked, lane: int) -> Iterator[ChainedCommit]:
    """Pass commits on; who asks for the next one has found the one before it whole."""
    walked.ends[lane] = 0
    for commit in commits:
        yield commit
        walked.note(lane, commit)


def stored_commits(fetch: Fetch) -> Iterator[ChainedCommit]:
    """Yield what is stored, commit by commit, as it is.

    Raises ``ChainBroken`` where it can't be read.
    """
    after = 0
    while True:
        try:
            items = fetch(after)
        except LogUnavailable as error:
            raise ChainBroken(after + 1, f"the table can't be read: {error}") from error
        if not items:
            return
        for item in items:
            after = int(item["sk"]["N"])
            yield _chained(_readable(item, after))


def _readable(item: Item, position: int) -> Commit:
    try:
        return read_commit(item)
    except UNREADABLE as error:
        raise ChainBroken(position, f"the commit can't be read: {error!r}") from error


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
