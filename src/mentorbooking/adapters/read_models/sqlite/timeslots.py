"""The lists of mentors' time slots in SQLite.

Slots are kept in columns, not as JSON: so a mentor's slots share few pages of the file, and
looking for the next open one, which the directory does for every mentor, stays cheap.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime
from functools import lru_cache
from sqlite3 import Connection
from typing import ClassVar, TypeAlias

import msgspec
from msgspec import UNSET

from mentorbooking.adapters.instants import instant, microseconds
from mentorbooking.adapters.read_models.sqlite.model import SQLiteReadModel, encode, filled
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

_Columns: TypeAlias = tuple[str, int, str, int, int, str | None]

_LOAD = """
SELECT json_group_array(json_array(mentor_id, start, id, "end", duration_minutes, booking_id))
FROM {t} WHERE id IN (SELECT value FROM json_each(?))"""
_ADD = """
INSERT INTO {t} (mentor_id, start, id, "end", duration_minutes, booking_id)
SELECT {cells[6]} FROM json_each(?)"""
_UPDATE = """
UPDATE {t} SET ("end", duration_minutes, booking_id) = (given.e, given.d, given.b)
FROM (
    WITH cells (m, s, i, e, d, b) AS (SELECT {cells[6]} FROM json_each(?)) SELECT * FROM cells
) AS given
WHERE mentor_id = given.m AND start = given.s AND id = given.i"""
_REMOVE = "DELETE FROM {t} WHERE id IN (SELECT value FROM json_each(?))"
_ALL = 'SELECT mentor_id, start, id, "end", duration_minutes, booking_id FROM timeslots ORDER BY id'
_SHOWN = 'id, mentor_id, "end", duration_minutes, booking_id'
_OPEN = (
    b'{"id":"%b","mentor_id":"%b","start":%b,"end":%b,"duration_minutes":%d,"status":"available"}'
)
_BOOKED = _OPEN.replace(b'"available"', b'"booked","booking_id":"%b"')
_END_OF_TIME = datetime.max.replace(tzinfo=UTC)

_decode = msgspec.json.Decoder(SlotAnswer).decode
_decode_all = msgspec.json.Decoder(list[_Columns]).decode


class SQLiteTimeslotsModel(SQLiteReadModel[SlotAnswer]):
    """Rows lie in the order in which they are listed. A reservation changes no column that is
    indexed, and so touches one page of the file.
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
            PRIMARY KEY (mentor_id, start, id)
        ) WITHOUT ROWID""",
        "CREATE UNIQUE INDEX {i}_by_id ON {t} (id)",
    )

    def load(self, db: Connection, table: str, keys: AbstractSet[Key]) -> Mapping[Key, SlotAnswer]:
        found = db.execute(filled(_LOAD, table), (encode(list(keys)),)).fetchone()
        return {columns[2]: _row(columns) for columns in _decode_all(found[0])}

    def write(self, db: Connection, table: str, rows: Rows[SlotAnswer]) -> None:
        removed: list[Key] = []
        added: list[_Columns] = []
        changed: list[_Columns] = []
        for slot_id, row in rows.changed.items():
            before = rows.before.get(slot_id)
            if row is not None and before is not None and row.start == before.start:
                changed.append(_columns(row))
                continue
            if before is not None:
                removed.append(slot_id)
            if row is not None:
                added.append(_columns(row))
        for statement, values in ((_REMOVE, removed), (_UPDATE, changed), (_ADD, added)):
            if values:
                db.execute(filled(statement, table), (encode(values),))

    def rows(self, db: Connection) -> Iterator[tuple[Key, SlotAnswer]]:
        for columns in db.execute(_ALL):
            yield columns[2], _row(columns)


def _columns(row: SlotAnswer) -> _Columns:
    return (
        row.mentor_id,
        microseconds(row.start),
        row.id,
        microseconds(row.end),
        row.duration_minutes,
        None if row.booking_id is UNSET else row.booking_id,
    )


def _row(columns: _Columns) -> SlotAnswer:
    mentor_id, start, slot_id, end, minutes, booking_id = columns
    return SlotAnswer(
        id=slot_id,
        mentor_id=mentor_id,
        start=instant(start),
        end=instant(end),
        duration_minutes=minutes,
        status="booked" if booking_id else "available",
        booking_id=booking_id or UNSET,
    )


class SQLiteTimeslots(Timeslots):
    def __init__(self, reader: ViewsReader) -> None:
        self._reader = reader

    async def page(self, query: TimeslotsQuery, *, now: datetime) -> Page:
        select = Select("timeslots", _SHOWN, order=("start", "id"), after=query.after)
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
        return self._reader.page(select, query.limit, _as_json)

    async def next_open(self, mentor_id: str, *, after: datetime, limit: int) -> list[SlotAnswer]:
        query = TimeslotsQuery(
            mentor_id=mentor_id, start_from=after, start_before=_END_OF_TIME, limit=limit
        )
        found = await self.page(query, now=after)
        return [_decode(row) for row in found.rows]


def _as_json(row: tuple[bytes, bytes, int, int, bytes | None, int, bytes]) -> bytes:
    """Write a row as ``SlotAnswer`` is written; ids and instants need no escaping."""
    slot_id, mentor_id, end, minutes, booking_id, start, _ = row
    if booking_id is None:
        return _OPEN % (slot_id, mentor_id, _instant(start), _instant(end), minutes)
    return _BOOKED % (slot_id, mentor_id, _instant(start), _instant(end), minutes, booking_id)


@lru_cache(maxsize=8192)
def _instant(stored: int) -> bytes:
    """Many slots start and end at the same instants."""
    return msgspec.json.encode(instant(stored))
