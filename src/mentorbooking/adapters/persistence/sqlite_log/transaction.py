"""One transaction for a group of appends: look up, decide, write."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from mentorbooking.adapters.persistence.chain import GENESIS, Checkpoint
from mentorbooking.adapters.persistence.requests import (
    Appended,
    ConstraintViolated,
    IdempotencyKeyTaken,
    IdempotencyRecord,
    Statement,
    StreamConflict,
)
from mentorbooking.adapters.persistence.sqlite_log.connections import is_unavailability
from mentorbooking.adapters.persistence.sqlite_log.ledger import Answers, Ledger, Versions
from mentorbooking.adapters.persistence.sqlite_log.many_rows import ManyRows, insert_many
from mentorbooking.adapters.persistence.sqlite_log.prepared import Prepared

Outcome = Appended | Exception

HEAD = "SELECT position + count - 1, hash FROM commits ORDER BY position DESC LIMIT 1"

# Answers only with streams that are not where they were expected: mostly none at all.
_MOVED_STREAMS = ManyRows(
    """
    SELECT column1, (SELECT max(version) FROM events WHERE stream = column1)
    FROM ({values})
    WHERE column1 IS NOT NULL
      AND (SELECT max(version) FROM events WHERE stream = column1) IS NOT column2""",
    width=2,
)
_KNOWN_ANSWERS = ManyRows(
    """
    SELECT principal, key, request_hash, status, location, body, expires_at, position
    FROM ({values}) CROSS JOIN idempotency ON principal = column1 AND key = column2""",
    width=2,
)
_DELETE_ANSWER = "DELETE FROM idempotency WHERE principal = ? AND key = ?"
_INSERT_EVENTS = insert_many("events", "position", "stream", "version", "topic", "state")
_INSERT_COMMITS = insert_many(
    "commits", "position", "count", "commit_id", "time_us", "metadata", "hash"
)
_INSERT_ANSWERS = insert_many(
    "idempotency",
    "position",
    "principal",
    "key",
    "request_hash",
    "status",
    "location",
    "body",
    "expires_at",
)


def read_head(connection: sqlite3.Connection) -> Checkpoint:
    """Return the newest position and the hash that the next commit is chained to."""
    row = connection.execute(HEAD).fetchone()
    return Checkpoint(0, GENESIS) if row is None else Checkpoint(*row)


def open_ledger(connection: sqlite3.Connection, group: Sequence[Prepared]) -> Ledger:
    """Look up all that the group's appends depend on.

    Runs within BEGIN IMMEDIATE: no other process can write until the group is committed, and
    any may have written before.
    """
    return Ledger(read_head(connection), _versions(connection, group), _answers(connection, group))


def admit(connection: sqlite3.Connection, ledger: Ledger, prepared: Prepared) -> Outcome:
    """Take one append into the ledger, or tell why it is refused, with nothing changed.

    Raises ``sqlite3.Error`` when the whole transaction has to be given up.
    """
    try:
        after = ledger.check(prepared)
        changed = _run(connection, prepared.request.statements)
    except (StreamConflict, IdempotencyKeyTaken) as refusal:
        return refusal
    except sqlite3.Error as error:
        if is_unavailability(error) or not connection.in_transaction:
            raise
        return refusal_of(error)
    appended = ledger.record(prepared, after)
    if changed:
        return Appended(appended.first, appended.last, changed)
    return appended


def write_rows(connection: sqlite3.Connection, ledger: Ledger) -> None:
    """Write what the ledger took in."""
    for name in ledger.outlived:
        connection.execute(_DELETE_ANSWER, name)
    _INSERT_EVENTS.execute(connection, ledger.events)
    _INSERT_COMMITS.execute(connection, ledger.commits)
    _INSERT_ANSWERS.execute(connection, ledger.answers)


def refusal_of(error: Exception) -> Exception:
    """Return what to tell whose request alone caused the error."""
    if isinstance(error, sqlite3.IntegrityError):
        refusal = ConstraintViolated(str(error))
        refusal.__cause__ = error
        return refusal
    return error


def _versions(connection: sqlite3.Connection, group: Sequence[Prepared]) -> Versions:
    versions: Versions = {}
    for prepared in group:
        for each in prepared.request.streams:
            versions.setdefault(each.stream, each.expected_version or None)
    asked = [value for pair in versions.items() for value in pair]
    versions.update(_MOVED_STREAMS.execute(connection, asked))
    return versions


def _answers(connection: sqlite3.Connection, group: Sequence[Prepared]) -> Answers:
    asked = [
        value
        for prepared in group
        if (answer := prepared.request.idempotency) is not None
        for value in (answer.principal, answer.key)
    ]
    return {
        (principal, key): (
            IdempotencyRecord(
                principal=principal,
                key=key,
                request_hash=request_hash,
                status=status,
                location=location,
                body=body,
                expires_at_us=expires_at,
            ),
            position,
        )
        for (
            principal,
            key,
            request_hash,
            status,
            location,
            body,
            expires_at,
            position,
        ) in _KNOWN_ANSWERS.execute(connection, asked)
    }


def _run(connection: sqlite3.Connection, statements: Sequence[Statement]) -> tuple[int, ...]:
    """Run one append's statements, all or none; return how many rows each changed."""
    if not statements:
        return ()
    if len(statements) == 1:
        return (connection.execute(*statements[0]).rowcount,)
    connection.execute("SAVEPOINT request")
    try:
        changed = tuple(connection.execute(*each).rowcount for each in statements)
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK TO request")
        raise
    finally:
        if connection.in_transaction:
            connection.execute("RELEASE request")
    return changed
