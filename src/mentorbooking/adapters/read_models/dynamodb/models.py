"""All read models there are in DynamoDB, and the views on them."""

from __future__ import annotations

from typing import Any, NamedTuple

from mentorbooking.adapters.read_models.dynamodb.bookings import (
    DynamoDBBookings,
    DynamoDBBookingsModel,
)
from mentorbooking.adapters.read_models.dynamodb.mentor_directory import (
    DynamoDBMentorDirectoryModel,
)
from mentorbooking.adapters.read_models.dynamodb.mentor_import_rows import (
    DynamoDBMentorImportRows,
    DynamoDBMentorImportRowsModel,
)
from mentorbooking.adapters.read_models.dynamodb.mentor_search import DynamoDBMentorDirectory
from mentorbooking.adapters.read_models.dynamodb.model import DynamoDBReadModel
from mentorbooking.adapters.read_models.dynamodb.reader import ViewsReader
from mentorbooking.adapters.read_models.dynamodb.table import ViewsTable
from mentorbooking.adapters.read_models.dynamodb.timeslots import (
    DynamoDBTimeslots,
    DynamoDBTimeslotsModel,
)


def all_models() -> list[DynamoDBReadModel[Any]]:
    return [
        DynamoDBMentorDirectoryModel(),
        DynamoDBTimeslotsModel(),
        DynamoDBBookingsModel(),
        DynamoDBMentorImportRowsModel(),
    ]


class DynamoDBViews(NamedTuple):
    """What lists are read from; one reader serves them all."""

    mentor_directory: DynamoDBMentorDirectory
    timeslots: DynamoDBTimeslots
    bookings: DynamoDBBookings
    mentor_import_rows: DynamoDBMentorImportRows


def views_over(table: ViewsTable) -> DynamoDBViews:
    reader = ViewsReader(table)
    mentors, slots = DynamoDBMentorDirectoryModel(), DynamoDBTimeslotsModel()
    return DynamoDBViews(
        DynamoDBMentorDirectory(table, mentors, slots),
        DynamoDBTimeslots(reader, slots),
        DynamoDBBookings(reader, DynamoDBBookingsModel()),
        DynamoDBMentorImportRows(reader, DynamoDBMentorImportRowsModel()),
    )
