"""All read models there are in SQLite, and the views on them."""

from __future__ import annotations

from typing import Any, NamedTuple

from mentorbooking.adapters.read_models.sqlite.bookings import SQLiteBookings, SQLiteBookingsModel
from mentorbooking.adapters.read_models.sqlite.mentor_directory import SQLiteMentorDirectoryModel
from mentorbooking.adapters.read_models.sqlite.mentor_import_rows import (
    SQLiteMentorImportRows,
    SQLiteMentorImportRowsModel,
)
from mentorbooking.adapters.read_models.sqlite.mentor_search import SQLiteMentorDirectory
from mentorbooking.adapters.read_models.sqlite.model import SQLiteReadModel
from mentorbooking.adapters.read_models.sqlite.reader import ViewsReader
from mentorbooking.adapters.read_models.sqlite.timeslots import (
    SQLiteTimeslots,
    SQLiteTimeslotsModel,
)


def all_models() -> list[SQLiteReadModel[Any]]:
    return [
        SQLiteMentorDirectoryModel(),
        SQLiteTimeslotsModel(),
        SQLiteBookingsModel(),
        SQLiteMentorImportRowsModel(),
    ]


class SQLiteViews(NamedTuple):
    """What lists are read from; one reader serves them all."""

    mentor_directory: SQLiteMentorDirectory
    timeslots: SQLiteTimeslots
    bookings: SQLiteBookings
    mentor_import_rows: SQLiteMentorImportRows


def views_over(reader: ViewsReader) -> SQLiteViews:
    return SQLiteViews(
        SQLiteMentorDirectory(reader),
        SQLiteTimeslots(reader),
        SQLiteBookings(reader),
        SQLiteMentorImportRows(reader),
    )
