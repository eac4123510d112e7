"""Which event mails whom. What the mail says is written when it is sent.

Which template an event has stands in ``reactions``; here stands who gets it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from mentorbooking.application.notifications.message_ids import message_id_of
from mentorbooking.application.ports.event_log import EventLog, RecordedEvent
from mentorbooking.application.ports.messages import MessageRecord, Resend
from mentorbooking.application.reactions import REACTIONS
from mentorbooking.domain.booking.events import BookingCancelled, BookingCreated
from mentorbooking.domain.bookings_export.events import BookingsExported, BookingsExportFailed
from mentorbooking.domain.mentor.events import MentorInvited
from mentorbooking.domain.mentor_import.events import MentorImportFailed, MentorsImported
from mentorbooking.domain.notification.events import ResendRequested

MAILED: Final = tuple(topic for topic, reaction in REACTIONS.items() if reaction.mails)
"""The stored names that the mailer has to look at."""


@dataclass(frozen=True, slots=True)
class MessagePlan:
    """Makes messages of events: always the same ones, whoever asks and however often.

    The log is asked for the parties of a booking, which only its first event names.
    """

    log: EventLog

    async def messages(self, recorded: RecordedEvent) -> list[MessageRecord]:
        """Return the messages that an event gives rise to, all of them queued."""
        event = recorded.event
        return [
            MessageRecord(
                id=message_id_of(recorded.event_id, recipient, template, event.at),
                position=recorded.position,
                event_id=recorded.event_id,
                recipient=recipient,
                template=template,
                created_at=event.at,
                booking_id=_booking_id(recorded),
                due_at=event.at,
            )
            for recipient in await self._recipients(recorded)
            for template in REACTIONS[event.TOPIC].mails
        ]

    async def of_booking(self, booking_id: str) -> list[MessageRecord]:
        """Return all messages about a booking, as they were planned or will be."""
        history = await self.log.read_stream(booking_id)
        return [message for recorded in history for message in await self.messages(recorded)]

    async def _recipients(self, recorded: RecordedEvent) -> tuple[str, ...]:
        match recorded.event:
            case BookingCreated(student_id=student_id, mentor_id=mentor_id):
                return student_id, mentor_id
            case BookingCancelled():
                history = await self.log.read_stream(recorded.stream)
                return await self._recipients(history[0])
            case (
                MentorsImported(dry_run=False, requested_by=requested_by)
                | MentorImportFailed(dry_run=False, requested_by=requested_by)
                | BookingsExported(requested_by=requested_by)
                | BookingsExportFailed(requested_by=requested_by)
            ):
                return (requested_by,) if requested_by.startswith("user_") else ()
            case MentorInvited():
                return (recorded.stream,)
            case _:
                return ()


def resend_of(recorded: RecordedEvent) -> Resend | None:
    """Return which message an event asks for again."""
    match recorded.event:
        case ResendRequested(message_id=message_id, at=at):
            return Resend(message_id, number=recorded.version, at=at)
        case _:
            return None


def _booking_id(recorded: RecordedEvent) -> str | None:
    is_about_a_booking = isinstance(recorded.event, BookingCreated | BookingCancelled)
    return recorded.stream if is_about_a_booking else None
