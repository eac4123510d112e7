"""Reading the log and what stands beside it.

Events come as one JSON array, not as rows: the sqlite3 module gives up the interpreter's lock at
every row, and waits for a busy event loop to get it back. A follower that had to read a thousand
rows that way would be left behind for good.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import msgspec

from mentorbooking.adapters.persistence.chain import GENESIS, Checkpoint
from mentorbooking.adapters.persistence.requests import (
    Appended,
    GapInLog,
    IdempotencyRecord,
    Snapshot,
    StoredEvent,
    StreamEvent,
)
from mentorbooking.adapters.persistence.sqlite_log.connections import Readers
from mentorbooking.adapters.persistence.sqlite_log.transaction import HEAD

_EVENTS = """
SELECT
    events.position, stream, version, topic, state,
    commit_id, time_us, metadata, events.position - commits.position AS number
FROM events JOIN commits ON commits.position =
    (SELECT max(position) FROM commits WHERE position <= events.position)
"""
_STREAM = f"{_EVENTS} WHERE stream = ? AND version > ? ORDER BY version"
_AS_JSON = """
SELECT json_group_array(json_array(
    position, stream, version, topic, hex(state), commit_id, time_us, hex(metadata), number
)) FROM ({})
"""
_REPLAY = """
SELECT json_group_array(json_array(position, version, topic, hex(state)))
FROM (SELECT * FROM events WHERE stream = ? AND version > ? ORDER BY version)
"""
_HEAD_POSITION = "SELECT coalesce(max(position), 0) FROM events"
_COMMITS_BEHIND = "SELECT commit_id, position, position + count - 1 FROM commits WHERE position > ?"

_SNAPSHOT = "SELECT stream, version, schema, state FROM snapshots WHERE stream = ?"
_ANSWER = """
SELECT request_hash, status, location, body, expires_at, position
FROM idempotency WHERE principal = ? AND key = ? AND expires_at > ?
"""

_rows = msgspec.json.Decoder(list[tuple[int, str, int, str, str, str, int, str, int]]).decode
_stream_rows = msgspec.json.Decoder(list[tuple[int, int, str, str]]).decode


def read_stream(readers: Readers, stream: str, after_version: int) -> list[StoredEvent]:
    """Return a stream's events behind a version; ``GapInLog`` when a version is missing."""
    events = _stored(readers, _STREAM, (stream, after_version))
    _refuse_a_gap(stream, after_version, events)
    return events


def replay(readers: Readers, stream: str, after_version: int) -> list[StreamEvent]:
    """Do as ``read_stream`` does, in a quarter of the time: the commits are not looked up."""
    ((found,),) = readers.query(_REPLAY, (stream, after_version))
    events = [
        StreamEvent(position, version, topic, bytes.fromhex(state))
        for position, version, topic, state in _stream_rows(found)
    ]
    _refuse_a_gap(stream, after_version, events)
    return events


def read_log(
    readers: Readers,
    after: int,
    limit: int,
    topics: Collection[str] | None,
    upto: int | None,
) -> list[StoredEvent]:
    """Return events in order of position, ``after`` < position ≤ ``upto``, at most ``limit``.

    Without ``topics`` it stops before a missing position, so that nobody who follows the log
    passes over a hole.
    """
    sql, parameters = [_EVENTS, "WHERE events.position > ?"], [after, *(topics or ())]
    if topics is not None:
        sql.append(f"AND topic IN ({', '.join('?' * len(topics))})")
    if upto is not None:
        sql.append("AND events.position <= ?")
        parameters.append(upto)
    sql.append("ORDER BY events.position LIMIT ?")
    events = _stored(readers, " ".join(sql), [*parameters, limit])
    return events if topics is not None else _before_gap(after, events)


def head(readers: Readers) -> int:
    """Return the newest position; 0 when nothing was appended yet."""
    ((position,),) = readers.query(_HEAD_POSITION)
    return int(position)


def checkpoint(readers: Readers) -> Checkpoint:
    """Return the newest position and the hash of the chain there."""
    rows = readers.query(HEAD)
    return Checkpoint(*rows[0]) if rows else Checkpoint(0, GENESIS)


def landed_behind(readers: Readers, position: int) -> dict[str, Appended]:
    """Return where the commits behind a position landed, by their ids."""
    return {
        commit_id: Appended(first, last)
        for commit_id, first, last in readers.query(_COMMITS_BEHIND, (position,))
    }


def snapshot(readers: Readers, stream: str) -> Snapshot | None:
    """Return the newest snapshot of the stream, if there is one."""
    rows = readers.query(_SNAPSHOT, (stream,))
    return Snapshot(*rows[0]) if rows else None


def answer(readers: Readers, principal: str, key: str, now_us: int) -> IdempotencyRecord | None:
    """Return the stored answer, unless it has expired by the clock."""
    rows = readers.query(_ANSWER, (principal, key, now_us))
    if not rows:
        return None
    request_hash, status, location, body, expires_at, position = rows[0]
    return IdempotencyRecord(
        principal=principal,
        key=key,
        request_hash=request_hash,
        status=status,
        location=location,
        body=body,
        expires_at_us=expires_at,
        position=position,
    )


def _stored(readers: Readers, sql: str, parameters: Sequence[Any]) -> list[StoredEvent]:
    ((found,),) = readers.query(_AS_JSON.format(sql), parameters)
    return [
        StoredEvent(
            position,
            stream,
            version,
            topic,
            bytes.fromhex(state),
            commit_id,
            time_us,
            bytes.fromhex(metadata),
            number,
        )
        for position, stream, version, topic, state, commit_id, time_us, metadata, number in _rows(
            found
        )
    ]


def _refuse_a_gap(
    stream: str, after_version: int, events: Sequence[StoredEvent | StreamEvent]
) -> None:
    if events and events[-1].version - after_version != len(events):
        raise GapInLog(f"{stream} lacks a version before {events[-1].version}")


def _before_gap(after: int, events: list[StoredEvent]) -> list[StoredEvent]:
    if not events or events[-1].position - after == len(events):
        return events
    whole = 0
    while events[whole].position == after + whole + 1:
        whole += 1
    return events[:whole]
