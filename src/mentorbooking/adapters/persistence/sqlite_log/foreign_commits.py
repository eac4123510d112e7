"""Telling another process's commits from our own.

``PRAGMA data_version`` tells at little cost that something was committed, by us or by others.
What only others can have written is a position beyond what our writer has published: it
publishes before it commits, and takes back before it rolls back, so that its own commits never
look foreign. And when it finds, under the write lock, a head that is not its own last one, it
counts that: then others wrote between.

A writer in a process of its own tells of its commits only afterwards. So what it is sent counts
as published, as if all of it were taken; and while something is under way, what was seen is looked
at again, as a foreign commit could hide in what will be refused.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from mentorbooking.adapters.persistence.requests import LogUnavailable
from mentorbooking.adapters.persistence.sqlite_log.connections import open_for_reading

_HEAD = "SELECT max(position) FROM events"

_LOOK_AGAIN = -1
"""No data version is like it."""


class OwnHead:
    """How far the log goes as far as our writer knows. Written in one thread only.

    ``under_way`` counts events that were sent to another process and are not answered yet.
    """

    def __init__(self, position: int) -> None:
        self.position = position
        self.surprises = 0
        self.under_way = 0

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

    def sent(self, events: int) -> None:
        """Note that so many events are about to be written in another process."""
        self.under_way += events
        self.position += events

    def answered(self, events: int, position: int, surprises: int) -> None:
        """Note what came of events that were sent: the head behind them, and how often that
        process found another one than its own.
        """
        rest = self.under_way - events
        self.position = position + rest
        self.surprises += surprises
        self.under_way = rest  # last, so that whoever reads it first looks again

    def lost(self) -> None:
        """Note that nobody will tell what came of the events that were sent."""
        self.position -= self.under_way
        self.surprises += 1
        self.under_way = 0


class ForeignCommits:
    """One observer's view; used from one thread at a time."""

    def __init__(self, path: Path, own: OwnHead, busy_timeout: float) -> None:
        self._connection = open_for_reading(path, busy_timeout)
        self._own = own
        self._surprises = own.surprises
        self._seen = 0
        self._data_version = _LOOK_AGAIN

    def look(self) -> int | None:
        """Return the newest position if others appended since the last look, else None.

        May, rarely, tell the same commit twice; never misses one. Raises ``LogUnavailable``.
        """
        data_version = self._read("PRAGMA data_version")
        if data_version == self._data_version and self._own.surprises == self._surprises:
            return None
        # The order matters: what the writer published is read after the file.
        head = self._read(_HEAD)
        settled = not self._own.under_way
        position, surprises = self._own.position, self._own.surprises
        foreign = head > max(position, self._seen) or surprises != self._surprises
        self._data_version = data_version if settled else _LOOK_AGAIN
        if settled or foreign:
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
