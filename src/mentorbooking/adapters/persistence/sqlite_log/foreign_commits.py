"""Telling another process's commits from our own.

``PRAGMA data_version`` tells at little cost that something was committed, by us or by others.
What only others can have written is a position beyond what our writer has published: it
publishes before it commits, and takes back before it rolls back, so that its own commits never
look foreign. And when it finds, under the write lock, a head that is not its own last one, it
counts that: then others wrote between.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from mentorbooking.adapters.persistence.requests import LogUnavailable
from mentorbooking.adapters.persistence.sqlite_log.connections import open_for_reading

_HEAD = "SELECT max(position) FROM events"


class OwnHead:
    """How far the log goes as far as our writer knows. Written by its thread only."""

    def __init__(self, position: int) -> None:
        self.position = position
        self.surprises = 0

    def found(self, position: int) -> None:
        """Note the head that was found under the write lock."""
        if position != self.position:
            self.surprises += 1
            self.position = position

    def published(self, position: int) -> None:
        """Note the head as it will be once the running transaction is committed."""
        self.position = position

    def taken_back(self, position: int) -> None:
        """Note that the transaction is rolled back, or has been, to this head.

        SQLite may have let others write before we knew: so count that as a surprise.
        """
        self.surprises += 1
        self.position = position


class ForeignCommits:
    """One observer's view; used from one thread at a time."""

    def __init__(self, path: Path, own: OwnHead, busy_timeout: float) -> None:
        self._connection = open_for_reading(path, busy_timeout)
        self._own = own
        self._surprises = own.surprises
        self._seen = own.position
        self._data_version = -1

    def look(self) -> int | None:
        """Return the newest position if others appended since the last look, else None.

        May, rarely, tell the same commit twice; never misses one. Raises ``LogUnavailable``.
        """
        data_version = self._read("PRAGMA data_version")
        if data_version == self._data_version and self._own.surprises == self._surprises:
            return None
        self._data_version = data_version
        # The order matters: what the writer published is read after the file.
        head = self._read(_HEAD)
        position, surprises = self._own.position, self._own.surprises
        foreign = head > max(position, self._seen) or surprises != self._surprises
        self._seen, self._surprises = max(head, self._seen), surprises
        return head if foreign else None

    def close(self) -> None:
        self._connection.close()

    def _read(self, sql: str) -> int:
        try:
            (value,) = self._connection.execute(sql).fetchone()
        except sqlite3.Error as error:
            raise LogUnavailable(f"the event log can't be read: {error}") from error
        return int(value or 0)
