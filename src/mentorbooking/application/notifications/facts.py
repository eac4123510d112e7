"""What every mail is told: who sends, who reads, which session. Plain facts, no look-ups."""

from __future__ import annotations

import re
from datetime import datetime
from email.utils import getaddresses
from typing import Literal, Self
from urllib.parse import urlsplit

import msgspec

from mentorbooking.domain.booking.events import Party

_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+")

Side = Literal[Party.STUDENT, Party.MENTOR]


class Mailbox(msgspec.Struct, frozen=True):
    """An e-mail address with the name that people see beside it; the name may be empty."""

    name: str
    address: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``Name <address>`` or a bare address; ``ValueError`` when it is neither."""
        mailboxes = getaddresses([text])
        if len(mailboxes) != 1 or not _ADDRESS.fullmatch(mailboxes[0][1]):
            raise ValueError("not an e-mail address; expected 'Name <name@example.org>'")
        return cls(*mailboxes[0])


class Service(msgspec.Struct, frozen=True):
    """Who sends: the mailbox of the From header, and where the service is found."""

    mailbox: Mailbox
    base_url: str

    @property
    def name(self) -> str:
        return self.mailbox.name or "Mentor Booking"

    @property
    def host(self) -> str:
        """Name the host that the ids of mails end in."""
        host = urlsplit(self.base_url).hostname or "localhost"
        return f"[{host}]" if ":" in host else host


class Person(msgspec.Struct, frozen=True):
    """Somebody who reads, or is read about. ``time_zone`` is an IANA name."""

    name: str
    address: str
    time_zone: str


class DoneBy(msgspec.Struct, frozen=True):
    """Who did it, and in which part."""

    party: Party
    name: str


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A booking as both sides know it.

    ``sequence`` counts the changes since it was made (0 at first); ``link`` leads to it.
    """

    booking_id: str
    start: datetime
    end: datetime
    student: Person
    mentor: Person
    sequence: int
    link: str
    title: str = ""
    description: str = ""

    def reader(self, side: Side) -> Person:
        return self.student if side is Party.STUDENT else self.mentor

    def other(self, side: Side) -> Person:
        return self.mentor if side is Party.STUDENT else self.student
