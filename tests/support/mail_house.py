"""A real log, a real work file and a mailer between them: what tests of mail start from."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from mentorbooking.adapters.event_store.sqlite.aggregate_store import SQLiteAggregateStore
from mentorbooking.adapters.event_store.sqlite.event_log import SQLiteEventLog
from mentorbooking.adapters.identity.invitations import SignedInvitations
from mentorbooking.adapters.ids import MonotonicIds
from mentorbooking.adapters.mail_sender.from_url import mail_sender_from_url
from mentorbooking.adapters.messages.sqlite import MESSAGES, SQLiteMessages
from mentorbooking.adapters.persistence.sqlite_log.log import SQLiteLog
from mentorbooking.adapters.work.sqlite.database import WorkDatabase
from mentorbooking.adapters.work.sqlite.tracked_positions import TRACKING
from mentorbooking.application.context import CommandContext, enter_context
from mentorbooking.application.notifications.facts import Mailbox, Service
from mentorbooking.application.notifications.mail_writer import MailWriter
from mentorbooking.application.notifications.mailer import Mailer
from mentorbooking.application.notifications.message_states import MessageStates
from mentorbooking.application.ports.clock import Clock
from mentorbooking.application.ports.mail_sender import MailSender
from mentorbooking.application.trying_again.backoff import Backoff
from mentorbooking.domain.booking.booking import Booking
from mentorbooking.domain.booking.events import Party
from mentorbooking.domain.kernel.aggregate import Decision
from mentorbooking.domain.mentor.events import MentorStatus, Origin
from mentorbooking.domain.mentor.mentor import Mentor
from mentorbooking.domain.mentor.profile import MentorProfile
from mentorbooking.domain.scheduling.time_slot import TimeSlot
from mentorbooking.domain.student_calendar.calendar import StudentCalendar
from mentorbooking.domain.user_account.account import UserAccount
from mentorbooking.domain.user_account.role import Role
from tests.support.fixed import NOW
from tests.support.identity import KEYS
from tests.support.mail_facts import SERVICE
from tests.support.moving_clock import MovingClock

HOUR = timedelta(hours=1)
BACKOFF = Backoff(first=timedelta(seconds=10), attempts=3)

STUDENT_USER, STUDENT = "user_01k40000000000000000000001", "student_01k40000000000000000000001"
MENTOR_USER, MENTOR = "user_01k40000000000000000000002", "mentor_01k40000000000000000000002"
ADMIN = "user_01k40000000000000000000003"
IMPORTED = "mentor_01k40000000000000000000007"
BY_STUDENT, BY_ADMIN = f"user:{STUDENT_USER}", f"user:{ADMIN}"


class MailHouse:
    """Everything is durable: a mailer made anew goes on as after a restart."""

    def __init__(
        self, folder: Path, mail_url: str = "file:", *, clock: Clock | None = None
    ) -> None:
        """``clock`` is one for a house that other processes work for."""
        self.folder = folder
        self.moving_clock = MovingClock()
        self.clock = clock or self.moving_clock
        self.ids = MonotonicIds(self.clock, secrets.randbits)
        self.sqlite_log = SQLiteLog(folder / "events.db")
        self.log = SQLiteEventLog(self.sqlite_log)
        self.aggregates = SQLiteAggregateStore(self.sqlite_log, self.clock, self.ids)
        self.work = WorkDatabase(folder / "work.db", [TRACKING, MESSAGES])
        self.messages = SQLiteMessages(self.work)
        self.states = MessageStates(self.log, self.messages, self.aggregates)
        self.invitations = SignedInvitations(KEYS.invitations)
        self.sender: MailSender = mail_sender_from_url(
            mail_url, folder, str_of(SERVICE.mailbox), SERVICE.host
        )
        self.service: Service = SERVICE
        self.writer = MailWriter(self.log, self.aggregates, self.invitations.token, self.service)
        self.mailer = self.new_mailer()

    def close(self) -> None:
        self.work.close()
        self.sqlite_log.close()

    def new_mailer(self, *, chance: Callable[[], float] = lambda: 0.0, **parts: Any) -> Mailer:
        known = {"messages": self.messages, "writer": self.writer, "sender": self.sender}
        return Mailer(
            self.log, clock=self.clock, chance=chance, backoff=BACKOFF, **{**known, **parts}
        )

    async def do(self, *decisions: Decision[Any], actor: str = "system") -> None:
        """Append as somebody."""
        enter_context(CommandContext(actor=actor, channel="http", correlation_id="request-1"))
        await self.aggregates.save(*decisions)

    async def has_people(self) -> None:
        """Let a student, a mentor and an admin in."""
        for user_id, name, role, zone, ids in (
            (STUDENT_USER, "Sam Student", Role.STUDENT, "Europe/Berlin", (STUDENT, None)),
            (MENTOR_USER, "Ada Lovelace", Role.MENTOR, "Asia/Kolkata", (None, MENTOR)),
            (ADMIN, "Grace Hopper", Role.ADMIN, "UTC", (None, None)),
        ):
            await self.do(
                UserAccount.register(
                    user_id,
                    email=f"{name.split()[0].lower()}@people.example",
                    name=name,
                    role=role,
                    time_zone=zone,
                    student_id=ids[0],
                    mentor_id=ids[1],
                    now=NOW,
                )
            )
        profile = MentorProfile(
            name="Ada Lovelace", email="ada@people.example", time_zone="Asia/Kolkata"
        )
        await self.do(
            StudentCalendar.open(STUDENT, user_id=STUDENT_USER, now=NOW),
            Mentor.register(MENTOR, profile=profile, user_id=MENTOR_USER, now=NOW),
        )

    async def has_imported_mentor(self, *, invited_by: str = ADMIN) -> None:
        """Make a mentor without an account, with an invitation."""
        await self.do(
            Mentor.create_invited(
                IMPORTED,
                profile=MentorProfile(name="Alan Turing", email="alan@people.example"),
                origin=Origin.IMPORT,
                status=MentorStatus.ACTIVE,
                invitation_id="invitation_1",
                invited_by=invited_by,
                now=self.clock.now(),
            )
        )

    async def book(
        self,
        *,
        actor: str = BY_STUDENT,
        student_id: str = STUDENT,
        in_hours: int = 24,
        title: str = "Career talk",
    ) -> str:
        """Book a session of an hour; return the booking's id."""
        booking_id = self.ids.new("booking")
        start = self.clock.now() + in_hours * HOUR
        created = Booking.create(
            booking_id,
            mentor_id=MENTOR,
            student_id=student_id,
            slot_id="slot_1",
            slot=TimeSlot(start, start + HOUR),
            title=title,
            description="",
            now=self.clock.now(),
        )
        await self.do(created, actor=actor)
        return booking_id

    async def cancel(
        self,
        booking_id: str,
        *,
        by: Party = Party.STUDENT,
        actor: str = BY_STUDENT,
        reason: str | None = "Ill",
    ) -> None:
        booking = await self.aggregates.get(Booking, booking_id)
        await self.do(booking.cancel(by=by, reason=reason, now=self.clock.now()), actor=actor)

    async def mail_all(self, mailer: Mailer | None = None) -> None:
        """Plan and send until nothing is left to do now."""
        mailer, stop = mailer or self.mailer, asyncio.Event()
        while await mailer.plan_batch() or await mailer.send_batch(stop):
            pass

    def files(self) -> list[EmailMessage]:
        """Read the mails that lie in the folder, in the order of their names."""
        paths = sorted((self.folder / "mail").glob("*.eml"))
        return [message_from_bytes(path.read_bytes(), policy=default) for path in paths]


def str_of(mailbox: Mailbox) -> str:
    return f"{mailbox.name} <{mailbox.address}>"


def told(mail: EmailMessage) -> tuple[str, str]:
    """Return to whom a mail is and what it begins with: enough to tell mails apart."""
    return mail["To"].addresses[0].addr_spec, mail["Subject"].partition(":")[0]


def text_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())
