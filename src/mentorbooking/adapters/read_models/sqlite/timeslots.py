"""The lists of mentors' time slots in SQLite."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime
from sqlite3 import Connection
from typing import Any, ClassVar

import msgspec
from msgspec import UNSET

from mentorbooking.adapters.instants import microseconds
from mentorbooking.adapters.read_models.sqlite.model import (
    SQLiteReadModel,
    bodies_by_id,
    encode,
    filled,
)
from mentorbooking.adapters.read_models.sqlite.reader import ViewsReader
from mentorbooking.adapters.read_models.sqlite.select import Select
from mentorbooking.application.answers.slot import SlotAnswer
from mentorbooking.application.read_models.page import Page
from mentorbooking.application.read_models.projection import Key, Rows
from mentorbooking.application.read_models.timeslots import (
    Timeslots,
    TimeslotsProjection,
    TimeslotsQuery,
)

_ADD = """
INSERT INTO {t} (mentor_id, start, id, "end", duration_minutes, booking_id, body)
SELECT {cells[7]} FROM json_each(?)"""
_UPDATE = """
UPDATE {t} SET ("end", duration_minutes, booking_id, body) = (given.e, given.d, given.b, given.a)
FROM (
    WITH cells (m, s, i, e, d, b, a) AS (SELECT {cells[7]} FROM json_each(?))
    SELECT * FROM cells
) AS given
WHERE mentor_id = given.m AND start = given.s AND id = given.i"""
_REMOVE = "DELETE FROM {t} WHERE id IN (SELECT value FROM json_each(?))"

_decode = msgspec.json.Decoder(SlotAnswer).decode
_decode_all = msgspec.json.Decoder(list[SlotAnswer]).decode


class SQLiteTimeslotsModel(SQLiteReadModel[SlotAnswer]):
    """Rows lie in the order in which they are listed, so that a page is read in one go.

    A reservation changes no column that is indexed: it touches one page of the file.
    """

    projection: ClassVar = TimeslotsProjection()
    schema: ClassVar = (
        """CREATE TABLE {t} (
            mentor_id TEXT NOT NULL,
            start INTEGER NOT NULL,
            id TEXT NOT NULL,
            "end" INTEGER NOT NULL,
            duration_minutes INTEGER NOT NULL,
            booking_id TEXT,
            body TEXT NOT NULL,
            PRIMARY KEY (mentor_id, start, id)
        ) WITHOUT ROWID""",
        "CREATE UNIQUE INDEX {i}_by_id ON {t} (id)",
    )

    def load(self, db: Connection, table: str, keys: AbstractSet[Key]) -> Mapping[Key, SlotAnswer]:
        return {row.id: row for row in _decode_all(bodies_by_id(db, table, keys))}

    def write(self, db: Connection, table: str, rows: Rows[SlotAnswer]) -> None:
        removed: list[Key] = []
        added: list[Any] = []
        changed: list[Any] = []
        for slot_id, row in rows.changed.items():
            before = rows.before.get(slot_id)
            if row is not None and before is not None and row.start == before.start:
                changed.append(_values(row))
                continue
            if before is not None:
                removed.append(slot_id)
            if row is not None:
                added.append(_values(row))
        for statement, values in ((_REMOVE, removed), (_UPDATE, changed), (_ADD, added)):
            if values:
                db.execute(filled(statement, table), (encode(values),))

    def rows(self, db: Connection) -> Iterator[tuple[Key, SlotAnswer]]:
        for slot_id, body in db.execute("SELECT id, body FROM timeslots ORDER BY id"):
            yield slot_id, _decode(body)


def _values(row: SlotAnswer) -> tuple[Any, ...]:
    return (
        row.mentor_id,
        microseconds(row.start),
        row.id,
        microseconds(row.end),
        row.duration_minutes,
        None if row.booking_id is UNSET else row.booking_id,
        row,
    )


class SQLiteTimeslots(Timeslots):
    def __init__(self, reader: ViewsReader) -> None:
        self._reader = reader

    def page(self, query: TimeslotsQuery, *, now: datetime) -> Page:
        select = Select("timeslots", order=("start", "id"), after=query.after)
        select.where("mentor_id = ?", query.mentor_id)
        select.where("start < ?", microseconds(query.start_before))
        select.where_given("duration_minutes = ?", query.duration_minutes)
        match query.status:
            case "available":
                select.where("booking_id IS NULL")
                select.where_start_from(microseconds(query.start_from), microseconds(now) + 1)
            case "booked":
                select.where("booking_id IS NOT NULL")
                select.where_start_from(microseconds(query.start_from))
            case "all":
                select.where_start_from(microseconds(query.start_from))
        return self._reader.page(select, query.limit)

    def next_open(self, mentor_id: str, *, after: datetime, limit: int) -> list[SlotAnswer]:
        found = self._reader.fetch(
            "SELECT body FROM timeslots"
            " WHERE mentor_id = ? AND start > ? AND booking_id IS NULL"
            " ORDER BY start, id LIMIT ?",
            (mentor_id, microseconds(after), limit),
        )
        return [_decode(body) for (body,) in found]
