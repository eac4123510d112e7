"""THE table: what reacts to which event.

Every stored name stands here, also where nothing reacts, so that a new event makes somebody
decide. Projections and mail templates are named; the relay of the outbox sends what
``publishes`` and puts jobs where ``feeds`` says.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec

from mentorbooking.application.ports.event_log import RecordedEvent
from mentorbooking.domain.booking.events import BookingCancelled, BookingCreated
from mentorbooking.domain.bookings_export.events import (
    BookingsExported,
    BookingsExportFailed,
    BookingsExportRequested,
    BookingsExportRetried,
    BookingsExportStarted,
)
from mentorbooking.domain.email_address.events import EmailAddressClaimed, EmailAddressReleased
from mentorbooking.domain.external_subject.events import ExternalSubjectBound
from mentorbooking.domain.kernel.event import Event
from mentorbooking.domain.mentor.events import (
    MentorActivated,
    MentorConfirmed,
    MentorCreated,
    MentorInvited,
    MentorPaused,
    MentorProfileChanged,
    MentorTakenOver,
)
from mentorbooking.domain.mentor_calendar.events import (
    SlotArrived,
    SlotLeft,
    SlotMoved,
    SlotReleased,
    SlotRemoved,
    SlotReserved,
    SlotsAdded,
)
from mentorbooking.domain.mentor_import.events import (
    ImportRowRecorded,
    MentorImportFailed,
    MentorImportRequested,
    MentorImportStarted,
    MentorsImported,
)
from mentorbooking.domain.notification.events import ResendRequested
from mentorbooking.domain.student_calendar.events import (
    SessionAdded,
    SessionRemoved,
    StudentCalendarOpened,
)
from mentorbooking.domain.user_account.events import (
    AccountChanged,
    AccountEmailChanged,
    AccountRegistered,
    AccountRoleChanged,
    PasswordChanged,
)

MENTOR_DIRECTORY: Final = "mentor_directory"
TIMESLOTS: Final = "timeslots"
BOOKINGS: Final = "bookings"
MENTOR_IMPORT_ROWS: Final = "mentor_import_rows"

MENTOR_IMPORTS: Final = "mentor-imports"
BOOKING_EXPORTS: Final = "booking-exports"


class KeyedBy(StrEnum):
    """What makes a job one and the same: the thing to work on, or the event that asks for it."""

    SUBJECT = "subject"
    EVENT = "event"


class Feed(msgspec.Struct, frozen=True):
    """A job queue that gets a job for the event."""

    queue: str
    keyed_by: KeyedBy

    def key(self, recorded: RecordedEvent) -> str:
        return recorded.stream if self.keyed_by is KeyedBy.SUBJECT else recorded.event_id


class Reaction(msgspec.Struct, frozen=True, kw_only=True):
    """What follows from an event. ``publishes``: it becomes a public event."""

    projections: tuple[str, ...] = ()
    publishes: bool = False
    feeds: Feed | None = None
    mails: tuple[str, ...] = ()


NOTHING: Final = Reaction()

_BY_EVENT: Final[dict[type[Event], Reaction]] = {
    AccountRegistered: NOTHING,
    AccountChanged: NOTHING,
    AccountEmailChanged: NOTHING,
    AccountRoleChanged: NOTHING,
    PasswordChanged: NOTHING,
    EmailAddressClaimed: NOTHING,
    EmailAddressReleased: NOTHING,
    ExternalSubjectBound: NOTHING,
    MentorCreated: Reaction(projections=(MENTOR_DIRECTORY,)),
    MentorProfileChanged: Reaction(projections=(MENTOR_DIRECTORY,)),
    MentorActivated: Reaction(projections=(MENTOR_DIRECTORY,)),
    MentorPaused: Reaction(projections=(MENTOR_DIRECTORY,)),
    MentorConfirmed: Reaction(projections=(MENTOR_DIRECTORY,)),
    MentorInvited: Reaction(projections=(MENTOR_DIRECTORY,), mails=("invitation",)),
    MentorTakenOver: Reaction(projections=(MENTOR_DIRECTORY,)),
    SlotsAdded: Reaction(projections=(TIMESLOTS,)),
    SlotMoved: Reaction(projections=(TIMESLOTS,)),
    SlotLeft: Reaction(projections=(TIMESLOTS,)),
    SlotArrived: Reaction(projections=(TIMESLOTS,)),
    SlotRemoved: Reaction(projections=(TIMESLOTS,)),
    SlotReserved: Reaction(projections=(TIMESLOTS,)),
    SlotReleased: Reaction(projections=(TIMESLOTS,)),
    StudentCalendarOpened: NOTHING,
    SessionAdded: NOTHING,
    SessionRemoved: NOTHING,
    BookingCreated: Reaction(projections=(BOOKINGS,), publishes=True, mails=("booking_created",)),
    BookingCancelled: Reaction(
        projections=(BOOKINGS,), publishes=True, mails=("booking_cancelled",)
    ),
    MentorImportRequested: Reaction(feeds=Feed(MENTOR_IMPORTS, KeyedBy.SUBJECT)),
    MentorImportStarted: NOTHING,
    ImportRowRecorded: Reaction(projections=(MENTOR_IMPORT_ROWS,)),
    MentorsImported: Reaction(publishes=True, mails=("mentors_imported",)),
    MentorImportFailed: Reaction(mails=("mentors_imported",)),
    BookingsExportRequested: Reaction(feeds=Feed(BOOKING_EXPORTS, KeyedBy.EVENT)),
    BookingsExportRetried: Reaction(feeds=Feed(BOOKING_EXPORTS, KeyedBy.EVENT)),
    BookingsExportStarted: NOTHING,
    BookingsExported: Reaction(publishes=True, mails=("bookings_exported",)),
    BookingsExportFailed: Reaction(mails=("bookings_exported",)),
    ResendRequested: Reaction(mails=("the message it names",)),
}

REACTIONS: Final = {event.TOPIC: reaction for event, reaction in _BY_EVENT.items()}
"""By stored name."""

FED: Final = tuple(topic for topic, reaction in REACTIONS.items() if reaction.feeds)
"""The stored names that put jobs into queues."""

RELAYED: Final = tuple(
    topic for topic, reaction in REACTIONS.items() if reaction.publishes or reaction.feeds
)
"""The stored names that the outbox's relay has to look at where public events are heard."""
