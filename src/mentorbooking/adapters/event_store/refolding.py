"""Whether a snapshot that was kept is what its events come to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from mentorbooking.adapters.event_store.codec import UnknownEvent
from mentorbooking.adapters.event_store.states import replayed, state_in
from mentorbooking.adapters.persistence.requests import Snapshot, StoredEvent
from mentorbooking.domain.booking.booking import Booking
from mentorbooking.domain.bookings_export.bookings_export import BookingsExport
from mentorbooking.domain.email_address.address import EmailAddress
from mentorbooking.domain.external_subject.subject import ExternalSubject
from mentorbooking.domain.kernel.aggregate import AggregateRoot
from mentorbooking.domain.mentor.mentor import Mentor
from mentorbooking.domain.mentor_calendar.calendar import MentorCalendar
from mentorbooking.domain.mentor_import.mentor_import import MentorImport
from mentorbooking.domain.mentor_import.row import MentorImportRow
from mentorbooking.domain.notification.notification import Notification
from mentorbooking.domain.student_calendar.calendar import StudentCalendar
from mentorbooking.domain.user_account.account import UserAccount

KINDS: Final[dict[str, type[AggregateRoot]]] = {
    kind.TOPIC: kind
    for kind in (
        Booking,
        BookingsExport,
        EmailAddress,
        ExternalSubject,
        Mentor,
        MentorCalendar,
        MentorImport,
        MentorImportRow,
        Notification,
        StudentCalendar,
        UserAccount,
    )
}
"""By what the stored name of a stream's first event begins with."""


def is_refolded(snapshot: Snapshot, events: Sequence[StoredEvent]) -> bool:
    """Tell whether a snapshot may be loaded in place of ``events``, all up to its version.

    One of another schema than today's is never loaded, and what is of a newer version of the
    program can't be told: both are as good as any.
    """
    kind = KINDS.get(events[0].topic.partition(".")[0]) if events else None
    if kind is None:
        return True
    try:
        kept = state_in(snapshot, kind)
        if kept is None:
            return True
        begun = kind(id=kept.id)
        return begun.stream == snapshot.stream and replayed(begun, events) == kept
    except UnknownEvent:
        return True
    except (AttributeError, LookupError, TypeError, ValueError, msgspec.MsgspecError):
        return False  # such events nobody has decided on, or such a state
