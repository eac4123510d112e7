"""Checks a whole log against its hash chain, at any time, while it is being written or not."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from mentorbooking.adapters.persistence.chain import (
    Break,
    ChainBroken,
    ChainedCommit,
    ChainedEvent,
    Checkpoint,
    Verification,
    verify_chain,
)
from mentorbooking.adapters.persistence.requests import LogUnavailable
from mentorbooking.adapters.persistence.sqlite_log.ledger import LANE
from mentorbooking.adapters.persistence.sqlite_log.log import SQLiteLog

_AT_ONCE = 500

_COMMITS = """
SELECT position, count, commit_id, time_us, metadata, hash
FROM commits WHERE position >= ? ORDER BY position LIMIT ?"""
_EVENTS = """
SELECT position, stream, version, topic, state
FROM events WHERE position >= ? AND position < ? ORDER BY position"""
_WITHOUT_COMMIT = """
SELECT min(position) FROM events
WHERE position > ?1 AND NOT EXISTS (SELECT 1 FROM commits WHERE position > ?1)"""


def verify(
    log: SQLiteLog,
    checkpoint: Checkpoint | None = None,
    progress: Callable[[int], object] | None = None,
) -> Verification:
    """Walk the log from its beginning and report the first break.

    ``checkpoint`` is one that ``SQLiteLog.checkpoint`` told earlier. ``progress`` is told each
    commit's last position. Memory stays flat. A whole chain is followed by a look at the index
    that streams are read by; a break of it is told at position 0.
    """
    walked = verify_chain(stored_commits(log), lane=LANE, checkpoint=checkpoint, progress=progress)
    return walked if walked.broken else walked._replace(broken=_break_in_index(log))


def stored_commits(log: SQLiteLog) -> Iterator[ChainedCommit]:
    """Yield what is stored, commit by commit, as it is.

    Raises ``ChainBroken`` where the file can't be read, and for events behind the last commit.
    """
    end, stray = 0, None
    while True:
        try:
            commits = log.query(_COMMITS, (end + 1, _AT_ONCE))
            stop = commits[-1][0] + commits[-1][1] if commits else end + 1
            events = log.query(_EVENTS, (end + 1, stop))
            if not commits:
                ((stray,),) = log.query(_WITHOUT_COMMIT, (end,))
        except (LogUnavailable, sqlite3.Error, OverflowError) as error:
            raise ChainBroken(end + 1, f"the file can't be read: {error}") from error
        yield from _put_together(commits, events)
        if stray is not None:
            raise ChainBroken(stray, "an event belongs to no commit")
        if not commits:
            return
        end = stop - 1


def _break_in_index(log: SQLiteLog) -> Break | None:
    try:
        ((found,), *_) = log.query("PRAGMA integrity_check(events)")
    except (LogUnavailable, sqlite3.Error) as error:
        found = str(error)
    return None if found == "ok" else Break(0, f"the index of streams is damaged: {found}")


def _put_together(
    commits: Iterable[tuple[Any, ...]], events: Sequence[tuple[Any, ...]]
) -> Iterator[ChainedCommit]:
    place = 0
    for first, size, commit_id, time_us, metadata, sealed in commits:
        held = []
        while place < len(events) and events[place][0] < first + size:
            position, *content = events[place]
            held.append((position, ChainedEvent(*content)))
            place += 1
        yield ChainedCommit(first, size, commit_id, time_us, metadata, sealed, held)
