"""The facts of a mail about a session, gathered from the log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from mentorbooking.application.notifications import booking_cancelled, booking_created
from mentorbooking.application.notifications.addressees import (
    Addressees,
    NothingToSend,
    reachable,
)
from mentorbooking.application.notifications.facts import DoneBy, Person, Service, Session
from mentorbooking.application.notifications.letter import MailContent
from mentorbooking.application.ports.event_log import EventLog, RecordedEvent
from mentorbooking.application.ports.messages import MessageRecord
from mentorbooking.domain.booking.booking import Booking
from mentorbooking.domain.booking.events import BookingCancelled, BookingCreated, Party

WORTH_TELLING: Final = timedelta(days=1)
"""For so long after a session mail about it still makes sense."""


@dataclass(frozen=True, slots=True)
class BookingLetters:
    """A mail tells the booking as its event left it, and people as they are called now."""

    log: EventLog
    addressees: Addressees
    service: Service

    async def created(
        self, event: BookingCreated, recorded: RecordedEvent, message: MessageRecord, now: datetime
    ) -> tuple[Person, MailContent]:
        booking, session = await self._session(recorded)
        _require_sense(message, session, now)
        facts = booking_created.Facts(
            service=self.service,
            session=session,
            booked_by=await self._booked_by(booking, session, recorded.metadata.actor),
            at=event.at,
        )
        if message.recipient == booking.student_id:
            return reachable(session.student), booking_created.to_student(facts)
        return reachable(session.mentor), booking_created.to_mentor(facts)

    async def cancelled(
        self,
        event: BookingCancelled,
        recorded: RecordedEvent,
        message: MessageRecord,
        now: datetime,
    ) -> tuple[Person, MailContent]:
        booking, session = await self._session(recorded)
        _require_sense(message, session, now)
        facts = booking_cancelled.Facts(
            service=self.service,
            session=session,
            cancelled_by=await self._done_by(event.cancelled_by, session, recorded.metadata.actor),
            at=event.at,
            reason=event.reason or "",
        )
        if message.recipient == booking.student_id:
            return reachable(session.student), booking_cancelled.to_student(facts)
        return reachable(session.mentor), booking_cancelled.to_mentor(facts)

    async def _session(self, recorded: RecordedEvent) -> tuple[Booking, Session]:
        history = await self.log.read_stream(recorded.stream)
        booking = Booking(id=recorded.stream).after(
            *(earlier.event for earlier in history[: recorded.version])
        )
        return booking, Session(
            booking_id=booking.id,
            start=booking.slot.start,
            end=booking.slot.end,
            student=await self.addressees.student(booking.student_id),
            mentor=await self.addressees.mentor(booking.mentor_id),
            sequence=recorded.version - 1,
            link=f"{self.service.base_url}/bookings/{booking.id}",
            title=booking.title,
            description=booking.description,
        )

    async def _booked_by(self, booking: Booking, session: Session, actor: str) -> DoneBy:
        by_student = await self.addressees.is_student(actor, booking.student_id)
        return await self._done_by(Party.STUDENT if by_student else Party.ADMIN, session, actor)

    async def _done_by(self, party: Party, session: Session, actor: str) -> DoneBy:
        match party:
            case Party.STUDENT:
                return DoneBy(party, session.student.name)
            case Party.MENTOR:
                return DoneBy(party, session.mentor.name)
            case Party.ADMIN:
                return DoneBy(party, await self.addressees.name_of_actor(actor))


def _require_sense(message: MessageRecord, session: Session, now: datetime) -> None:
    """Refuse news of a session that is long over, unless somebody asks for it."""
    if not message.resends and session.end + WORTH_TELLING < now:
        raise NothingToSend("the session was over before the mail could be sent")
