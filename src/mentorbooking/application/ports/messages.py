"""The mails that facts give rise to, one for each recipient, and how far each has come."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol

import msgspec


class MessageStatus(StrEnum):
    """Where a message is.

    ``failed``: given up. ``suppressed``: there was nobody to send it to, or no sense in it.
    """

    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"
    SUPPRESSED = "suppressed"


class MessageRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One message to one person about one event; what it says is written when it is sent.

    ``position`` is the event's. ``recipient`` is the id of a student, a mentor or a user, never
    an address. ``attempts`` counts all of them, ``failures`` those since it was queued last, and
    ``resends`` how many requests to send it again have been taken up. ``due_at`` is None unless
    it is queued. ``last_error`` holds no personal data: see ``fault_notes``.
    """

    id: str
    position: int
    event_id: str
    recipient: str
    template: str
    created_at: datetime
    booking_id: str | None = None
    status: MessageStatus = MessageStatus.QUEUED
    attempts: int = 0
    failures: int = 0
    resends: int = 0
    last_error: str | None = None
    due_at: datetime | None = None
    sent_at: datetime | None = None


class Resend(msgspec.Struct, frozen=True):
    """Somebody asked for a message again, at ``at``, for the ``number``-th time."""

    message_id: str
    number: int
    at: datetime


class Messages(Protocol):
    """Durable. One mailer works on it; other processes read."""

    async def position(self) -> int:
        """Return how far in the log messages are planned; 0 when none are."""

    async def plan(
        self,
        messages: Collection[MessageRecord],
        resends: Collection[Resend] = (),
        *,
        position: int,
    ) -> None:
        """Queue messages, queue others again, and move on to ``position``: all or nothing.

        A message that is known already stays as it is, and a resend that was taken up before
        changes nothing.
        """

    async def due(self, *, now: datetime, limit: int) -> Sequence[MessageRecord]:
        """Return queued messages to send now: about bookings first, then what waited longest.

        So nobody waits for the invitations of a large import to hear that a session is off.
        Of each recipient only the first in the order of the log, so that nobody hears of a
        later event before an earlier one; a message that waits for its retry holds up the rest
        of its recipient's.
        """

    async def sent(self, *message_ids: str, at: datetime) -> None:
        """Be done with queued messages. What failed half-way may be told again."""

    async def failed(self, message_id: str, error: str, *, retry_at: datetime | None) -> None:
        """Count a failed attempt of a queued message; None: it was the last."""

    async def suppressed(self, message_id: str, reason: str) -> None:
        """Never send a queued message."""

    async def get(self, message_id: str) -> MessageRecord | None: ...

    async def of_booking(
        self, booking_id: str, *, recipients: Collection[str] | None = None
    ) -> Sequence[MessageRecord]:
        """Return the messages about a booking, to anybody or to some, in the log's order."""

    async def counts(self) -> Mapping[MessageStatus, int]:
        """Count the messages by status; what is not there is zero."""
