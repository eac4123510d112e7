"""``ExportScratch`` in a private temporary database.

SQLite makes it as a file without a name in the directory for temporary files (``TMPDIR``), so
that nothing of it is left even after ``kill -9``. What fits into the cache never reaches the
disk; what does not keeps memory flat. https://www.sqlite.org/inmemorydb.html#temp_db
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Final

from mentorbooking.adapters.instants import instant, microseconds
from mentorbooking.application.bookings_export.rendering import ExportRow
from mentorbooking.application.ports.export_scratch import ExportScratch

_CACHE_KIB: Final = 8 * 1024

_TABLES = """
    CREATE TABLE bookings (
        booking_id TEXT PRIMARY KEY, status TEXT NOT NULL, student_id TEXT NOT NULL,
        mentor_id TEXT NOT NULL, title TEXT NOT NULL, start_at INTEGER NOT NULL,
        end_at INTEGER NOT NULL, created_at INTEGER NOT NULL, cancelled_at INTEGER,
        cancelled_by TEXT, cancellation_reason TEXT
    ) WITHOUT ROWID;
    CREATE TABLE accounts (
        user_id TEXT PRIMARY KEY, student_id TEXT, name TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE mentors (
        mentor_id TEXT PRIMARY KEY, name TEXT NOT NULL, time_zone TEXT NOT NULL
    ) WITHOUT ROWID;
"""
_ROWS = """
    SELECT b.booking_id, b.status, b.student_id, coalesce(a.name, ''), b.mentor_id,
           coalesce(m.name, ''), b.title, b.start_at, b.end_at, coalesce(m.time_zone, 'UTC'),
           b.created_at, b.cancelled_at, b.cancelled_by, b.cancellation_reason
    FROM bookings b
    LEFT JOIN accounts a ON a.student_id = b.student_id
    LEFT JOIN mentors m USING (mentor_id)
    ORDER BY b.start_at, b.booking_id
"""


class SQLiteExportScratch(ExportScratch):
    """One connection, used by one thread at a time."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode=OFF")
        self._db.execute("PRAGMA temp_store=FILE")
        self._db.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
        self._db.executescript(_TABLES)

    @contextmanager
    def batch(self) -> Iterator[None]:
        self._db.execute("BEGIN")
        yield
        self._db.execute("COMMIT")

    def add_booking(
        self,
        booking_id: str,
        *,
        status: str,
        student_id: str,
        mentor_id: str,
        title: str,
        start: datetime,
        end: datetime,
        created_at: datetime,
    ) -> None:
        self._db.execute(
            "INSERT INTO bookings (booking_id, status, student_id, mentor_id, title, start_at,"
            " end_at, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                booking_id,
                status,
                student_id,
                mentor_id,
                title,
                microseconds(start),
                microseconds(end),
                microseconds(created_at),
            ),
        )

    def cancel_booking(
        self, booking_id: str, *, status: str, at: datetime, by: str, reason: str | None
    ) -> None:
        self._db.execute(
            "UPDATE bookings SET status = ?, cancelled_at = ?, cancelled_by = ?,"
            " cancellation_reason = ? WHERE booking_id = ?",
            (status, microseconds(at), by, reason, booking_id),
        )

    def name_account(self, user_id: str, *, student_id: str | None, name: str) -> None:
        self._db.execute("INSERT INTO accounts VALUES (?, ?, ?)", (user_id, student_id, name))

    def rename_account(self, user_id: str, *, name: str) -> None:
        self._db.execute("UPDATE accounts SET name = ? WHERE user_id = ?", (name, user_id))

    def describe_mentor(self, mentor_id: str, *, name: str, time_zone: str) -> None:
        self._db.execute("INSERT INTO mentors VALUES (?, ?, ?)", (mentor_id, name, time_zone))

    def redescribe_mentor(self, mentor_id: str, *, name: str | None, time_zone: str | None) -> None:
        self._db.execute(
            "UPDATE mentors SET name = coalesce(?, name), time_zone = coalesce(?, time_zone)"
            " WHERE mentor_id = ?",
            (name, time_zone, mentor_id),
        )

    def rows(self) -> Iterator[ExportRow]:
        self._db.execute("CREATE INDEX accounts_by_student ON accounts (student_id)")
        for row in self._db.execute(_ROWS):
            yield ExportRow(
                booking_id=row[0],
                status=row[1],
                student_id=row[2],
                student_name=row[3],
                mentor_id=row[4],
                mentor_name=row[5],
                title=row[6],
                start=instant(row[7]),
                end=instant(row[8]),
                time_zone=row[9],
                created_at=instant(row[10]),
                cancelled_at=instant(row[11]),
                cancelled_by=row[12],
                cancellation_reason=row[13],
            )

    def close(self) -> None:
        self._db.close()
