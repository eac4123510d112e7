"""The list of bookings in SQLite."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime
from sqlite3 import Connection
from typing import ClassVar

import msgspec

from mentorbooking.adapters.instants import microseconds
from mentorbooking.adapters.read_models.sqlite.model import (
    SQLiteReadModel,
    bodies_by_id,
    encode,
    filled,
    kept,
)
from mentorbooking.adapters.read_models.sqlite.reader import ViewsReader
from mentorbooking.adapters.read_models.sqlite.select import Select
from mentorbooking.application.answers.booking import BookingAnswer
from mentorbooking.application.read_models.bookings import (
    Bookings,
    BookingsProjection,
    BookingsQuery,
)
from mentorbooking.application.read_models.page import Page
from mentorbooking.application.read_models.projection import Key, Rows
from mentorbooking.domain.mentor_calendar.policies import LONGEST

_PUT = """
INSERT INTO {t} (id, student_id, mentor_id, start, "end", status, body)
SELECT {cells[7]} FROM json_each(?) WHERE true
ON CONFLICT (id) DO UPDATE SET status = excluded.status, body = excluded.body"""

_decode = msgspec.json.Decoder(BookingAnswer).decode
_decode_all = msgspec.json.Decoder(list[BookingAnswer]).decode


class SQLiteBookingsModel(SQLiteReadModel[BookingAnswer]):
    """Each index is paid with every booking; the one by status holds the rare states only."""

    projection: ClassVar = BookingsProjection()
    schema: ClassVar = (
        """CREATE TABLE {t} (
            number INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            student_id TEXT NOT NULL,
            mentor_id TEXT NOT NULL,
            start INTEGER NOT NULL,
            "end" INTEGER NOT NULL,
            status TEXT NOT NULL,
            body TEXT NOT NULL
        )""",
    )
    indices: ClassVar = (
        "{i}_by_start ON {t} (start, id)",
        "{i}_by_student ON {t} (student_id, start, id)",
        "{i}_by_mentor ON {t} (mentor_id, start, id)",
        "{i}_by_status ON {t} (status, start, id) WHERE status <> 'confirmed'",
    )

    def load(
        self, db: Connection, table: str, keys: AbstractSet[Key]
    ) -> Mapping[Key, BookingAnswer]:
        return {row.id: row for row in _decode_all(bodies_by_id(db, table, keys))}

    def write(self, db: Connection, table: str, rows: Rows[BookingAnswer]) -> None:
        values = [
            (
                booking_id,
                row.student_id,
                row.mentor_id,
                microseconds(row.start),
                microseconds(row.end),
                row.status,
                row,
            )
            for booking_id, row in kept(rows.changed)
        ]
        db.execute(filled(_PUT, table), (encode(values),))

    def rows(self, db: Connection) -> Iterator[tuple[Key, BookingAnswer]]:
        for booking_id, body in db.execute("SELECT id, body FROM bookings ORDER BY id"):
            yield booking_id, _decode(body)


class SQLiteBookings(Bookings):
    def __init__(self, reader: ViewsReader) -> None:
        self._reader = reader

    async def page(self, query: BookingsQuery, *, now: datetime) -> Page:
        return self._reader.page(_select(query, now), query.limit)

    async def have_confirmed_booking(self, *, student_id: str, mentor_id: str) -> bool:
        found = self._reader.fetch(
            "SELECT 1 FROM bookings"
            " WHERE student_id = ? AND mentor_id = ? AND status = 'confirmed' LIMIT 1",
            (student_id, mentor_id),
        )
        return bool(found)


def _select(query: BookingsQuery, now: datetime) -> Select:
    select = Select("bookings", order=("start", "id"), after=query.after)
    select.where_given("student_id = ?", query.student_id)
    select.where_given("mentor_id = ?", query.mentor_id)
    select.where_given("start < ?", microseconds(query.start_before))
    if query.status is not None:
        select.where("status = ?", query.status)
        if query.status != "confirmed" and query.student_id is None and query.mentor_id is None:
            select.where("status <> 'confirmed'")  # names the partial index
    if query.when == "upcoming":
        select.where('"end" > ?', microseconds(now))
        # No session is longer than a slot may be.
        select.where_start_from(microseconds(query.start_from), microseconds(now - LONGEST))
    else:
        select.where_start_from(microseconds(query.start_from))
    if query.when == "past":
        select.where('"end" <= ?', microseconds(now))
        select.where("start < ?", microseconds(now))
    return select
