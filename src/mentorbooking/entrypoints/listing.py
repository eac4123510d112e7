"""The lists that the service answers: there where read models are kept up to date."""

from __future__ import annotations

from dataclasses import dataclass

from mentorbooking.application.lists.bookings import (
    ListBookings,
    ListBookingsHandler,
    ListMentorBookings,
    ListMentorBookingsHandler,
)
from mentorbooking.application.lists.import_rows import ListImportRows, ListImportRowsHandler
from mentorbooking.application.lists.mentors import ListMentors, ListMentorsHandler
from mentorbooking.application.lists.reading import Listed, ListReading
from mentorbooking.application.lists.recent_pages import RecentPages
from mentorbooking.application.lists.timeslots import ListTimeslots, ListTimeslotsHandler
from mentorbooking.application.read_models.progress import ReadModelsProgress
from mentorbooking.entrypoints.composition import Foundation
from mentorbooking.entrypoints.core import Handles
from mentorbooking.entrypoints.service import Views


@dataclass(frozen=True, slots=True)
class Lists:
    """What can be listed, from read models."""

    mentors: Handles[ListMentors, Listed]
    timeslots: Handles[ListTimeslots, Listed]
    bookings: Handles[ListBookings, Listed]
    mentor_bookings: Handles[ListMentorBookings, Listed]
    import_rows: Handles[ListImportRows, Listed]


def build_lists(base: Foundation, views: Views, progress: ReadModelsProgress) -> Lists:
    """Put the handlers together."""
    reading = ListReading(progress, base.acknowledged, base.cursors)
    recent = RecentPages(progress, base.clock)
    bookings = ListBookingsHandler(reading, views.bookings, base.clock)
    return Lists(
        mentors=ListMentorsHandler(reading, recent, views.mentor_directory),
        timeslots=ListTimeslotsHandler(base.aggregates, reading, recent, views.timeslots),
        bookings=bookings,
        mentor_bookings=ListMentorBookingsHandler(base.aggregates, bookings),
        import_rows=ListImportRowsHandler(base.aggregates, reading, views.mentor_import_rows),
    )
