"""How a finished mail leaves the service."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Literal, Protocol

import msgspec

from mentorbooking.application.ports.unavailable import Unavailable

CalendarMethod = Literal["REQUEST", "CANCEL"]

_KEY = re.compile(r"[A-Za-z0-9_-]{1,50}")


class CalendarPart(msgspec.Struct, frozen=True):
    """An iCalendar object (RFC 5545) and what it asks of the reader's calendar (RFC 5546)."""

    method: CalendarMethod
    content: bytes


class OutgoingMail(msgspec.Struct, frozen=True, kw_only=True):
    """One mail to one person. ``to_name`` and ``subject`` may hold any letters.

    ``message_id`` is ours, not the header: at most 50 letters, digits, ``_`` and ``-``, so
    that it can name a file and stand in a header; ``ValueError`` otherwise.
    ``sent_at``, aware, is the instant that the mail shows. ``text`` and ``html`` end in a
    line break.
    """

    message_id: str
    to_address: str
    to_name: str
    subject: str
    text: str
    html: str
    sent_at: datetime
    calendar: CalendarPart | None = None

    def __post_init__(self) -> None:
        if not _KEY.fullmatch(self.message_id):
            raise ValueError("message_id may hold at most 50 letters, digits, _ and -")
        if self.sent_at.utcoffset() is None:
            raise ValueError("sent_at must be aware")


class MailRefused(Exception):
    """This mail will never be taken: a bad address, or a final no (5xx) of the server.

    The text is for people and logs; it holds no address.
    """


class MailUnavailable(Unavailable):
    """Not now: the server is away, busy (4xx), or does not let us in. Try again later.

    The text is for people and logs; it holds no address and no password.
    """


class MailSender(Protocol):
    """Promises: what was sent arrives as it was given, every letter of it.

    Sending the same ``message_id`` again gives the same Message-ID header, so that receivers
    can tell a repeat; with files there is exactly one file per ``message_id``, whole or not
    there at all. Concurrent calls are safe.

    ``at_once`` is how many mails may be sent before it is recorded that they were. A crash
    repeats all of them, so it is one where a repeat is a second mail.
    """

    at_once: int = 1

    async def send(self, mail: OutgoingMail) -> None:
        """Return once the mail is in other hands; raise ``MailRefused``, ``MailUnavailable``."""

    async def send_all(self, mails: Sequence[OutgoingMail]) -> Sequence[Exception | None]:
        """Send mails in their order; return of each why it was not sent, None if it was."""
        return [await self._attempt(mail) for mail in mails]

    async def _attempt(self, mail: OutgoingMail) -> Exception | None:
        try:
            await self.send(mail)
        except Exception as error:  # noqa: BLE001  whatever it is stops this mail only
            return error
        return None

    async def close(self) -> None:
        """Let go of connections. Sending afterwards opens them again."""
