"""What the service can be asked to do: a typed table of contents.

HTTP, the command line and workers drive the same core.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from mentorbooking.application.answers.account import AccountAnswer, TokensAnswer
from mentorbooking.application.answers.booking import BookingAnswer
from mentorbooking.application.answers.booking_history import BookingHistoryAnswer
from mentorbooking.application.answers.bookings_export import BookingsExportAnswer
from mentorbooking.application.answers.mentor import MentorAnswer
from mentorbooking.application.answers.mentor_import import MentorImportAnswer
from mentorbooking.application.answers.notification import (
    NotificationAnswer,
    NotificationsAnswer,
)
from mentorbooking.application.answers.slot import SlotsAnswer
from mentorbooking.application.ports.aggregate_store import AggregateStore
from mentorbooking.application.ports.clock import Clock
from mentorbooking.application.ports.event_log import EventLog
from mentorbooking.application.ports.ids import Ids
from mentorbooking.application.use_cases.accounts.get_me import GetMe
from mentorbooking.application.use_cases.accounts.refresh import Refresh
from mentorbooking.application.use_cases.accounts.register import Register
from mentorbooking.application.use_cases.accounts.sign_in import SignIn
from mentorbooking.application.use_cases.accounts.update_me import UpdateMe
from mentorbooking.application.use_cases.bookings.cancel_booking import CancelBooking
from mentorbooking.application.use_cases.bookings.create_booking import CreateBooking
from mentorbooking.application.use_cases.bookings.get_booking import GetBooking
from mentorbooking.application.use_cases.bookings.get_booking_history import GetBookingHistory
from mentorbooking.application.use_cases.calendar.add_timeslots import AddTimeslots
from mentorbooking.application.use_cases.calendar.remove_timeslot import RemoveTimeslot
from mentorbooking.application.use_cases.calendar.update_timeslot import (
    UpdatedTimeslot,
    UpdateTimeslot,
)
from mentorbooking.application.use_cases.exports.get_export import GetExport
from mentorbooking.application.use_cases.exports.request_export import RequestExport
from mentorbooking.application.use_cases.exports.retry_export import RetryExport
from mentorbooking.application.use_cases.imports.get_import import GetImport
from mentorbooking.application.use_cases.imports.request_import import RequestImport
from mentorbooking.application.use_cases.imports.take_in_rows import TakeInRows
from mentorbooking.application.use_cases.mentors.change_standing import ChangeStanding
from mentorbooking.application.use_cases.mentors.create_mentor import CreateMentor
from mentorbooking.application.use_cases.mentors.get_mentor import GetMentor
from mentorbooking.application.use_cases.mentors.invite_mentor import InviteMentor
from mentorbooking.application.use_cases.mentors.update_mentor import UpdateMentor
from mentorbooking.application.use_cases.notifications.list_notifications import (
    ListNotifications,
)
from mentorbooking.application.use_cases.notifications.resend import ResendNotification
from mentorbooking.domain.mentor_import.events import RowOutcome

C = TypeVar("C")
R = TypeVar("R")
Handles: TypeAlias = Callable[[C], Awaitable[R]]


@dataclass(frozen=True, slots=True)
class Commands:
    """Everything that can be asked for and may change something."""

    register: Handles[Register, AccountAnswer]
    sign_in: Handles[SignIn, TokensAnswer]
    refresh: Handles[Refresh, TokensAnswer]
    update_me: Handles[UpdateMe, AccountAnswer]
    create_mentor: Handles[CreateMentor, MentorAnswer]
    update_mentor: Handles[UpdateMentor, MentorAnswer]
    change_standing: Handles[ChangeStanding, MentorAnswer]
    invite_mentor: Handles[InviteMentor, MentorAnswer]
    add_timeslots: Handles[AddTimeslots, SlotsAnswer]
    update_timeslot: Handles[UpdateTimeslot, UpdatedTimeslot]
    remove_timeslot: Handles[RemoveTimeslot, None]
    create_booking: Handles[CreateBooking, BookingAnswer]
    cancel_booking: Handles[CancelBooking, BookingAnswer]
    request_import: Handles[RequestImport, MentorImportAnswer]
    take_in_rows: Handles[TakeInRows, list[RowOutcome]]
    request_export: Handles[RequestExport, BookingsExportAnswer]
    retry_export: Handles[RetryExport, BookingsExportAnswer]


@dataclass(frozen=True, slots=True)
class Queries:
    """Single resources, read from their streams."""

    get_me: Handles[GetMe, AccountAnswer]
    get_mentor: Handles[GetMentor, MentorAnswer]
    get_booking: Handles[GetBooking, BookingAnswer]
    get_booking_history: Handles[GetBookingHistory, BookingHistoryAnswer]
    get_import: Handles[GetImport, MentorImportAnswer]
    get_export: Handles[GetExport, BookingsExportAnswer]


@dataclass(frozen=True, slots=True)
class Notifications:
    """What is told to people: their states stand in the work file, not in the log."""

    list_of_booking: Handles[ListNotifications, NotificationsAnswer]
    resend: Handles[ResendNotification, NotificationAnswer]


@dataclass(frozen=True, slots=True)
class Core:
    """The service without any way to reach it."""

    commands: Commands
    queries: Queries
    aggregates: AggregateStore
    log: EventLog
    clock: Clock
    ids: Ids
