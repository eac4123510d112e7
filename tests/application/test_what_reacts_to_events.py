"""The table of reactions knows every event, and the outbox can do what it says."""

from __future__ import annotations

from typing import Any

from mentorbooking.application.integration_events.examples import examples
from mentorbooking.application.reactions import (
    BOOKING_EXPORTS,
    MENTOR_IMPORTS,
    REACTIONS,
    RELAYED,
)
from mentorbooking.application.read_models.bookings import BookingsProjection
from mentorbooking.application.read_models.mentor_directory import MentorDirectoryProjection
from mentorbooking.application.read_models.mentor_import_rows import MentorImportRowsProjection
from mentorbooking.application.read_models.projection import Projection
from mentorbooking.application.read_models.timeslots import TimeslotsProjection
from mentorbooking.domain.bookings_export.events import BookingsExportRetried
from mentorbooking.domain.catalogue import EVENT_TYPES
from tests.support.fixed import NOW
from tests.support.public_events import recorded


def test_every_event_stands_in_the_table() -> None:
    assert set(REACTIONS) == set(EVENT_TYPES)


def test_the_projections_of_the_table_are_those_that_handle_the_event() -> None:
    projections: list[type[Projection[Any, Any]]] = [
        MentorDirectoryProjection,
        TimeslotsProjection,
        BookingsProjection,
        MentorImportRowsProjection,
    ]

    for topic, event in EVENT_TYPES.items():
        handling = {projection.name for projection in projections if event in projection.handles}
        assert set(REACTIONS[topic].projections) == handling, topic


def test_what_the_table_publishes_is_what_has_a_public_form() -> None:
    published = {topic for topic, reaction in REACTIONS.items() if reaction.publishes}

    assert published == {example.type for example in examples()}


def test_imports_are_fed_once_and_exports_once_per_request_or_retry() -> None:
    feeds = {topic: reaction.feeds.queue for topic, reaction in REACTIONS.items() if reaction.feeds}

    assert feeds == {
        "mentor_import.requested": MENTOR_IMPORTS,
        "bookings_export.requested": BOOKING_EXPORTS,
        "bookings_export.retried": BOOKING_EXPORTS,
    }
    retried = REACTIONS["bookings_export.retried"].feeds
    assert retried is not None
    fact = recorded("export_1", BookingsExportRetried(at=NOW), position=9)
    assert retried.key(fact) == "event_9"


def test_the_relay_looks_at_what_it_has_to_do_something_about() -> None:
    assert set(RELAYED) == {
        topic for topic, reaction in REACTIONS.items() if reaction.publishes or reaction.feeds
    }
