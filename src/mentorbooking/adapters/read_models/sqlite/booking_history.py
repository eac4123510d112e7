"""The history of bookings in SQLite."""

from __future__ import annotations

from collections.abc import Iterator
from sqlite3 import Connection
from typing import ClassVar

import msgspec

from mentorbooking.adapters.read_models.sqlite.model import SQLiteReadModel, encode, filled, kept
from mentorbooking.adapters.read_models.sqlite.reader import ViewsReader
from mentorbooking.application.read_models.booking_history import (
    BookingHistory,
    BookingHistoryProjection,
    HistoryEntry,
)
from mentorbooking.application.read_models.projection import Key, Rows

_ADD = "INSERT INTO {t} (booking_id, position, body) SELECT {cells[3]} FROM json_each(?)"

_decode = msgspec.json.Decoder(HistoryEntry).decode


class SQLiteBookingHistoryModel(SQLiteReadModel[HistoryEntry]):
    """Entries are only ever added."""

    projection: ClassVar = BookingHistoryProjection()
    schema: ClassVar = (
        """CREATE TABLE {t} (
            number INTEGER PRIMARY KEY,
            booking_id TEXT NOT NULL,
            position INTEGER NOT NULL,
            body TEXT NOT NULL,
            UNIQUE (booking_id, position)
        )""",
    )

    def write(self, db: Connection, table: str, rows: Rows[HistoryEntry]) -> None:
        values = [(*key, row) for key, row in kept(rows.changed)]
        db.execute(filled(_ADD, table), (encode(values),))

    def rows(self, db: Connection) -> Iterator[tuple[Key, HistoryEntry]]:
        found = db.execute(
            "SELECT booking_id, position, body FROM booking_history ORDER BY booking_id, position"
        )
        for booking_id, position, body in found:
            yield (booking_id, position), _decode(body)


class SQLiteBookingHistory(BookingHistory):
    def __init__(self, reader: ViewsReader) -> None:
        self._reader = reader

    async def of_booking(self, booking_id: str) -> list[HistoryEntry]:
        found = self._reader.fetch(
            "SELECT body FROM booking_history WHERE booking_id = ? ORDER BY position",
            (booking_id,),
        )
        return [_decode(body) for (body,) in found]
