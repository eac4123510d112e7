"""Requests to the event log, for tests that don't care for every part of them."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mentorbooking.adapters.persistence.requests import (
    Append,
    IdempotencyRecord,
    NewEvent,
    Statement,
    StreamAppend,
)
from mentorbooking.adapters.persistence.sqlite_log.log import SQLiteLog

NOON = 1_795_262_400_000_000
"""2026-11-21T12:00:00Z in microseconds."""

DAY = 86_400_000_000


def to(stream: str, expected_version: int, *states: bytes) -> StreamAppend:
    """One event for each state."""
    events = tuple(NewEvent("thing.happened", state) for state in states)
    return StreamAppend(stream, expected_version, events)


def appending(
    *streams: StreamAppend,
    commit_id: str = "commit_1",
    time_us: int = NOON,
    metadata: bytes = b'{"actor":"system"}',
    idempotency: IdempotencyRecord | None = None,
    statements: tuple[Statement, ...] = (),
) -> Append:
    return Append(
        commit_id=commit_id,
        time_us=time_us,
        metadata=metadata,
        streams=streams,
        idempotency=idempotency,
        statements=statements,
    )


def answered(key: str, *, expires_at_us: int = NOON + DAY, **fields: Any) -> IdempotencyRecord:
    values: dict[str, Any] = {
        "principal": "user_1",
        "request_hash": b"hash",
        "status": 201,
        "location": "/bookings/1",
        "body": b"{}",
    }
    return IdempotencyRecord(key=key, expires_at_us=expires_at_us, **{**values, **fields})


@contextlib.contextmanager
def held_by_another_process(path: Path) -> Iterator[None]:
    """Hold the file's write lock, so that appends gather into one group until it is let go."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def edited(path: Path, *statements: str) -> None:
    """Do to the file what nobody may do, past the triggers that would stop it."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        for (trigger,) in other.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'trigger' AND name LIKE '%never%'"
        ).fetchall():
            other.execute(f"DROP TRIGGER {trigger}")
        for statement in statements:
            other.execute(statement)


async def together(log: SQLiteLog, *requests: Any) -> list[Any]:
    """Append in one group: the writer is kept busy until all of them wait."""
    with held_by_another_process(log.path):
        first = asyncio.ensure_future(log.append(appending()))
        await asyncio.sleep(0.05)
        tasks = [asyncio.ensure_future(log.append(request)) for request in requests]
        await asyncio.sleep(0)
    await first
    return await asyncio.gather(*tasks, return_exceptions=True)
