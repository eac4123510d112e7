"""The tables of the log's file, made when the file is new.

The log itself is ``commits`` and ``events``; what must land in the same transaction as events
stands beside it. Instants are whole microseconds since 1970 UTC. All of it is a storage format.
"""

from __future__ import annotations

import secrets
import sqlite3

SCHEMA_VERSION = 1

_TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value ANY NOT NULL) STRICT;

CREATE TABLE commits (
    position INTEGER PRIMARY KEY, -- of its first event
    count INTEGER NOT NULL,
    commit_id TEXT NOT NULL,
    time_us INTEGER NOT NULL,
    metadata BLOB NOT NULL,
    hash BLOB NOT NULL
) STRICT;

CREATE TABLE events (
    position INTEGER PRIMARY KEY,
    stream TEXT NOT NULL,
    version INTEGER NOT NULL,
    topic TEXT NOT NULL,
    state BLOB NOT NULL,
    UNIQUE (stream, version)
) STRICT;

CREATE TRIGGER commits_are_never_changed BEFORE UPDATE ON commits
    BEGIN SELECT RAISE(ABORT, 'a commit is never changed'); END;
CREATE TRIGGER commits_are_never_deleted BEFORE DELETE ON commits
    BEGIN SELECT RAISE(ABORT, 'a commit is never deleted'); END;
CREATE TRIGGER events_are_never_changed BEFORE UPDATE ON events
    BEGIN SELECT RAISE(ABORT, 'an event is never changed'); END;
CREATE TRIGGER events_are_never_deleted BEFORE DELETE ON events
    BEGIN SELECT RAISE(ABORT, 'an event is never deleted'); END;

CREATE TABLE snapshots (
    stream TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    schema INTEGER NOT NULL,
    state BLOB NOT NULL
) STRICT;

CREATE TABLE idempotency (
    principal TEXT NOT NULL,
    key TEXT NOT NULL,
    request_hash BLOB NOT NULL,
    status INTEGER NOT NULL,
    location TEXT,
    body BLOB NOT NULL,
    position INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    UNIQUE (principal, key)
) STRICT;
CREATE INDEX idempotency_by_expiry ON idempotency (expires_at);

CREATE TABLE credentials (
    user_id TEXT PRIMARY KEY,
    address_key TEXT NOT NULL UNIQUE,
    password_hash TEXT NOT NULL,
    changed_at INTEGER NOT NULL
) STRICT;

CREATE TABLE refresh_tokens (
    token_hash TEXT PRIMARY KEY,
    family TEXT NOT NULL,
    user_id TEXT NOT NULL,
    issued_at INTEGER NOT NULL,
    family_started_at INTEGER NOT NULL,
    used_at INTEGER,
    revoked_at INTEGER
) STRICT;
CREATE INDEX refresh_tokens_by_family ON refresh_tokens (family);
CREATE INDEX refresh_tokens_by_user ON refresh_tokens (user_id);
CREATE INDEX refresh_tokens_by_age ON refresh_tokens (issued_at);

CREATE TABLE tracking (name TEXT PRIMARY KEY, position INTEGER NOT NULL) STRICT;
CREATE TRIGGER tracking_only_advances BEFORE UPDATE ON tracking
    WHEN new.position <= old.position
    BEGIN SELECT RAISE(ABORT, 'a tracked position only advances'); END;
"""


class ForeignFile(Exception):
    """The file holds something else than a log that this program can use."""


def ensure_schema(connection: sqlite3.Connection) -> None:
    """Make the tables in an empty file; raise ``ForeignFile`` for one that holds other things.

    Of two processes one makes the tables. A file that can't be written is found out now:
    ``sqlite3.OperationalError``.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema")}
        if not tables:
            _create(connection)
            connection.execute("COMMIT")
            return
        if "meta" not in tables:
            raise ForeignFile("it is a database of something else")
        _check_version(connection)
        # SQLite begins on a file that is read-only too, and says so at the first change only.
        connection.execute("UPDATE meta SET value = value WHERE key = 'schema_version'")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def meta(connection: sqlite3.Connection) -> dict[str, object]:
    """Return what was noted when the file was made: schema version, store id, address key."""
    return dict(connection.execute("SELECT key, value FROM meta"))


def _create(connection: sqlite3.Connection) -> None:
    for statement in _statements(_TABLES):
        connection.execute(statement)
    connection.executemany(
        "INSERT INTO meta (key, value) VALUES (?, ?)",
        [
            ("schema_version", SCHEMA_VERSION),
            ("store_id", secrets.token_hex(16)),
            ("address_key", secrets.token_bytes(32)),
        ],
    )


def _check_version(connection: sqlite3.Connection) -> None:
    version = meta(connection).get("schema_version")
    if version != SCHEMA_VERSION:
        raise ForeignFile(
            f"its schema version is {version}, and this program knows {SCHEMA_VERSION}"
        )


def _statements(script: str) -> list[str]:
    """Split a script; ``executescript`` would commit the transaction it runs in."""
    statements, gathered = [], ""
    for line in script.splitlines(keepends=True):
        gathered += line
        if sqlite3.complete_statement(gathered):
            statements.append(gathered)
            gathered = ""
    return statements
