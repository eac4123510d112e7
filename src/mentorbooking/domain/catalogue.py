"""Every event there is, by stored name."""

from __future__ import annotations

from typing import Final, get_args

from mentorbooking.domain.booking.events import BookingEvent
from mentorbooking.domain.bookings_export.events import BookingsExportEvent
from mentorbooking.domain.email_address.events import EmailAddressEvent
from mentorbooking.domain.external_subject.events import ExternalSubjectBound
from mentorbooking.domain.kernel.event import Event
from mentorbooking.domain.mentor.events import MentorEvent
from mentorbooking.domain.mentor_calendar.events import MentorCalendarEvent
from mentorbooking.domain.mentor_import.events import ImportRowRecorded, MentorImportEvent
from mentorbooking.domain.notification.events import ResendRequested
from mentorbooking.domain.student_calendar.events import StudentCalendarEvent
from mentorbooking.domain.user_account.events import UserAccountEvent

_UNIONS = (
    UserAccountEvent,
    EmailAddressEvent,
    MentorEvent,
    MentorCalendarEvent,
    StudentCalendarEvent,
    BookingEvent,
    MentorImportEvent,
    BookingsExportEvent,
)

EVENT_TYPES: Final[dict[str, type[Event]]] = {
    event.TOPIC: event
    for event in (
        *(event for union in _UNIONS for event in get_args(union)),
        ExternalSubjectBound,
        ImportRowRecorded,
        ResendRequested,
    )
}
