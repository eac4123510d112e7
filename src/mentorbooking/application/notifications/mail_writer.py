"""From a message to a finished mail: the event is looked up, its facts are gathered, then told.

Names and addresses are looked up when a mail is written, so that they are those of that day and
stand in no queue.
"""

from __future__ import annotations

from datetime import datetime

from mentorbooking.application.notifications.addressees import Addressees, NothingToSend
from mentorbooking.application.notifications.admin_letters import AdminLetters
from mentorbooking.application.notifications.booking_letters import BookingLetters
from mentorbooking.application.notifications.facts import Mailbox, Person, Service
from mentorbooking.application.notifications.invitation_letters import (
    InvitationLetters,
    InvitationToken,
)
from mentorbooking.application.notifications.letter import MailContent
from mentorbooking.application.ports.aggregate_store import AggregateStore
from mentorbooking.application.ports.event_log import EventLog
from mentorbooking.application.ports.mail_sender import OutgoingMail
from mentorbooking.application.ports.messages import MessageRecord
from mentorbooking.domain.booking.events import BookingCancelled, BookingCreated
from mentorbooking.domain.bookings_export.events import BookingsExported, BookingsExportFailed
from mentorbooking.domain.mentor.events import MentorInvited
from mentorbooking.domain.mentor_import.events import MentorImportFailed, MentorsImported


class MailWriter:
    """Reads the log and the aggregates; changes nothing."""

    def __init__(
        self,
        log: EventLog,
        aggregates: AggregateStore,
        invitation_token: InvitationToken,
        service: Service,
    ) -> None:
        addressees = Addressees(aggregates)
        self._log = log
        self._bookings = BookingLetters(log, addressees, service)
        self._admins = AdminLetters(log, aggregates, addressees, service)
        self._invitations = InvitationLetters(aggregates, addressees, invitation_token, service)

    async def write(self, message: MessageRecord, *, now: datetime) -> OutgoingMail:
        """Return the mail, or raise ``NothingToSend``."""
        reader, content = await self._told(message, now)
        to = Mailbox(reader.name, reader.address)
        return content.addressed(to, message_id=message.id, at=now)

    async def _told(self, message: MessageRecord, now: datetime) -> tuple[Person, MailContent]:
        (recorded,) = await self._log.read(message.position - 1, 1)
        match recorded.event:
            case BookingCreated() as created:
                return await self._bookings.created(created, recorded, message, now)
            case BookingCancelled() as cancelled:
                return await self._bookings.cancelled(cancelled, recorded, message, now)
            case MentorsImported() | MentorImportFailed() as imported:
                return await self._admins.imported(imported, recorded)
            case BookingsExported() | BookingsExportFailed() as exported:
                return await self._admins.exported(exported, recorded)
            case MentorInvited() as invited:
                return await self._invitations.invited(invited, recorded.stream, now)
            case _:
                raise NothingToSend("the event is told to nobody")
