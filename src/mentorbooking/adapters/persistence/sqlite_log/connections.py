"""Connections to the log's file: one that writes, and a few that only read."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mentorbooking.adapters.persistence.requests import LogUnavailable
from mentorbooking.adapters.persistence.sqlite_log.schema import ForeignFile, ensure_schema

_LARGEST_WAL = 64 * 1024 * 1024
"""Bytes that the write-ahead log keeps on disk once all of it is in the file."""

_CACHE_KIB = 6_000

_STATEMENTS = 256
"""All that ``many_rows`` compiles, and more."""

_OLDEST_SQLITE = (3, 37)
"""The first that has strict tables."""

_UNAVAILABLE = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_INTERRUPT,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_READONLY,
    }
)


def is_unavailability(error: BaseException) -> bool:
    """Tell trouble with the file from trouble with what was asked."""
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return isinstance(error, sqlite3.Error) and code is not None and code & 0xFF in _UNAVAILABLE


def open_for_writing(path: Path, busy_timeout: float) -> sqlite3.Connection:
    """Open the file, made on first use for its owner only, so that a COMMIT is durable.

    ``busy_timeout``, in seconds, is how long to wait while another process writes. Raises
    ``LogUnavailable``.
    """
    if sqlite3.sqlite_version_info < _OLDEST_SQLITE:
        raise LogUnavailable(f"the event log needs SQLite 3.37, this is {sqlite3.sqlite_version}")
    try:
        if not path.exists():
            # Only then: closing a file that SQLite has open would let go of SQLite's locks.
            path.touch(mode=0o600)
        connection = sqlite3.connect(
            path,
            timeout=busy_timeout,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=_STATEMENTS,
        )
    except (OSError, sqlite3.Error) as error:
        raise LogUnavailable(f"the event log {path} can't be opened: {error}") from error
    try:
        (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA fullfsync = ON")  # macOS syncs no further than the drive else
        connection.execute("PRAGMA wal_autocheckpoint = 0").fetchone()  # see ``folding``
        connection.execute(f"PRAGMA journal_size_limit = {_LARGEST_WAL}").fetchone()
        connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        ensure_schema(connection)
        if mode != "wal":
            raise ForeignFile("it can't have a write-ahead log where it is")
    except (ForeignFile, sqlite3.Error) as error:
        connection.close()
        raise LogUnavailable(f"the event log {path} can't be used: {error}") from error
    return connection


def file_number(path: Path) -> int:
    """Tell which file is at the path, as SQLite does itself; ``LogUnavailable`` if none is."""
    try:
        return path.stat().st_ino
    except OSError as error:
        raise LogUnavailable(f"the event log {path} can't be found: {error.strerror}") from error


def open_for_reading(path: Path, busy_timeout: float) -> sqlite3.Connection:
    """Open a file that exists; nothing can be written through the connection."""
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=ro",
        uri=True,
        timeout=busy_timeout,
        isolation_level=None,
        check_same_thread=False,
    )


class Readers:
    """Connections that are lent for one query at a time, in any thread.

    Each query sees everything that any process had committed when it began.
    """

    def __init__(self, path: Path, busy_timeout: float) -> None:
        self._path = path
        self._busy_timeout = busy_timeout
        self._idle: list[sqlite3.Connection] = []
        self._closed = False

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return all rows. Raises ``LogUnavailable`` when the file can't be read."""
        if self._closed:
            raise LogUnavailable("the event log is closed")
        try:
            try:
                connection = self._idle.pop()
            except IndexError:
                connection = open_for_reading(self._path, self._busy_timeout)
            try:
                return connection.execute(sql, parameters).fetchall()
            finally:
                self._take_back(connection)
        except sqlite3.Error as error:
            if is_unavailability(error):
                raise LogUnavailable(f"the event log can't be read: {error}") from error
            raise

    def close(self) -> None:
        """Close what is idle now; what is lent is closed when it comes back."""
        self._closed = True
        while self._idle:
            with contextlib.suppress(IndexError):
                self._idle.pop().close()

    def _take_back(self, connection: sqlite3.Connection) -> None:
        self._idle.append(connection)
        if self._closed:
            self.close()
