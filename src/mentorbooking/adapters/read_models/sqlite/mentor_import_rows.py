"""The rows of imports in SQLite."""

from __future__ import annotations

from collections.abc import Iterator
from sqlite3 import Connection
from typing import ClassVar

import msgspec

from mentorbooking.adapters.read_models.sqlite.model import SQLiteReadModel, encode, filled, kept
from mentorbooking.adapters.read_models.sqlite.reader import ViewsReader
from mentorbooking.adapters.read_models.sqlite.select import Select
from mentorbooking.application.answers.mentor_import import ImportRowAnswer
from mentorbooking.application.read_models.mentor_import_rows import (
    ImportRowsQuery,
    MentorImportRows,
    MentorImportRowsProjection,
)
from mentorbooking.application.read_models.page import Page
from mentorbooking.application.read_models.projection import Key, Rows

_ADD = "INSERT INTO {t} (import_id, line, status, body) SELECT {cells[4]} FROM json_each(?)"

_decode = msgspec.json.Decoder(ImportRowAnswer).decode


class SQLiteMentorImportRowsModel(SQLiteReadModel[ImportRowAnswer]):
    """A row of an import has its outcome once, and keeps it."""

    projection: ClassVar = MentorImportRowsProjection()
    schema: ClassVar = (
        """CREATE TABLE {t} (
            import_id TEXT NOT NULL,
            line INTEGER NOT NULL,
            status TEXT NOT NULL,
            body TEXT NOT NULL,
            PRIMARY KEY (import_id, line)
        ) WITHOUT ROWID""",
    )
    indices: ClassVar = ("{i}_by_status ON {t} (import_id, status, line)",)

    def write(self, db: Connection, table: str, rows: Rows[ImportRowAnswer]) -> None:
        values = [(*key, row.status, row) for key, row in kept(rows.changed)]
        db.execute(filled(_ADD, table), (encode(values),))

    def rows(self, db: Connection) -> Iterator[tuple[Key, ImportRowAnswer]]:
        found = db.execute(
            "SELECT import_id, line, body FROM mentor_import_rows ORDER BY import_id, line"
        )
        for import_id, line, body in found:
            yield (import_id, line), _decode(body)


class SQLiteMentorImportRows(MentorImportRows):
    def __init__(self, reader: ViewsReader) -> None:
        self._reader = reader

    async def page(self, query: ImportRowsQuery) -> Page:
        select = Select("mentor_import_rows", order=("line",), after=query.after)
        select.where("import_id = ?", query.import_id)
        select.where_given("status = ?", query.status)
        return self._reader.page(select, query.limit)
