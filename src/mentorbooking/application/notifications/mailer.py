"""The mailer: follows the log, plans who is told of each event, and sends.

What is planned lands together with the position, so every message is planned once. A message is
recorded as sent after it was sent: a crash between the two repeats it, with the same file name
or Message-ID. So mails go out, and are recorded, one by one; but many together where a repeat is
no second mail. It runs in a process of its own, because a mail costs some milliseconds.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

import structlog

from mentorbooking.application.notifications.addressees import NothingToSend
from mentorbooking.application.notifications.mail_writer import MailWriter
from mentorbooking.application.notifications.planning import MAILED, MessagePlan, resend_of
from mentorbooking.application.ports.clock import Clock
from mentorbooking.application.ports.event_log import EventLog
from mentorbooking.application.ports.mail_sender import MailRefused, MailSender, OutgoingMail
from mentorbooking.application.ports.messages import MessageRecord, Messages
from mentorbooking.application.ports.unavailable import StoreUnavailable
from mentorbooking.application.trying_again.backoff import Backoff
from mentorbooking.application.trying_again.fault_notes import fault_note, fault_place
from mentorbooking.application.trying_again.followers import TROUBLE
from mentorbooking.application.trying_again.waiting import wait_for_any

EVENTS_AT_ONCE: Final = 200
MAILS_AT_ONCE: Final = 20
BACKOFF: Final = Backoff(ceiling=timedelta(minutes=30), attempts=32)
"""A mail server may be away for a night: the last attempt is made after some eight hours."""

_log = structlog.get_logger(__name__)


class Mailer:
    """One mailer per log, so it knows how far it has planned: while nothing happens only the
    log's head is asked for. Who takes over from another process makes a new one.

    ``trouble`` tells why it can't go on just now, or is None.
    """

    def __init__(
        self,
        log: EventLog,
        messages: Messages,
        writer: MailWriter,
        sender: MailSender,
        clock: Clock,
        *,
        chance: Callable[[], float],
        backoff: Backoff = BACKOFF,
        poll: timedelta = timedelta(milliseconds=250),
    ) -> None:
        self._log, self._messages, self._writer = log, messages, writer
        self._sender, self._clock = sender, clock
        self._chance, self._backoff, self._poll = chance, backoff, poll
        self._plan = MessagePlan(log)
        self._woken = asyncio.Event()
        self._planned_to: int | None = None
        self._not_recorded: tuple[Sequence[str], datetime] = (), clock.now()
        self.trouble: str | None = None

    def wake(self) -> None:
        """Look at the log now. To be called on the mailer's event loop."""
        self._woken.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Plan and send until ``stop`` is set; whatever goes wrong is told and tried again."""
        failures = 0
        while not stop.is_set():
            self._woken.clear()
            try:
                planned = await self.plan_batch()
                handled = await self.send_batch(stop)
            except Exception as error:  # noqa: BLE001  the mailer outlives what stops a round
                failures += 1
                self.trouble = fault_note(error)
                _log.warning("mailer_stopped", error=self.trouble, place=fault_place(error))
                await wait_for_any(stop, at_most=TROUBLE.pause(failures, self._chance()))
                continue
            failures, self.trouble = 0, None
            if not handled and planned < EVENTS_AT_ONCE:
                await wait_for_any(stop, self._woken, at_most=self._poll)

    async def plan_batch(self) -> int:
        """Plan the messages of new events; return how many events those were."""
        if self._planned_to is None:
            self._planned_to = await self._messages.position()
        position, head = self._planned_to, await self._log.head()
        if head <= position:
            return 0
        events = await self._log.read(position, EVENTS_AT_ONCE, topics=MAILED)
        last = events[-1].position if events else 0
        position = last if len(events) == EVENTS_AT_ONCE else max(last, head)
        self._planned_to = None  # nobody knows how far it is where this fails
        await self._messages.plan(
            [message for recorded in events for message in await self._plan.messages(recorded)],
            [resend for recorded in events if (resend := resend_of(recorded))],
            position=position,
        )
        self._planned_to = position
        return len(events)

    async def send_batch(self, stop: asyncio.Event) -> int:
        """Send what is due, at most so many; return how many messages were dealt with."""
        await self._record_sent()
        limit = max(MAILS_AT_ONCE, self._sender.at_once)
        due = await self._messages.due(now=self._clock.now(), limit=limit)
        handled = 0
        while handled < len(due) and not stop.is_set():
            handled += await self._send(due[handled : handled + self._sender.at_once], stop)
        if handled:
            _log.debug("mails_handled", count=handled)
        return handled

    async def _send(self, messages: Sequence[MessageRecord], stop: asyncio.Event) -> int:
        written, handled, now = list[tuple[MessageRecord, OutgoingMail]](), 0, self._clock.now()
        for message in messages:
            await asyncio.sleep(0)  # others may set it, or want their turn
            if stop.is_set():
                break
            if mail := await self._write(message, now):
                written.append((message, mail))
            handled += 1
        errors = await self._sender.send_all([mail for _, mail in written])
        results = [(message, error) for (message, _), error in zip(written, errors, strict=True)]
        self._not_recorded = [message.id for message, error in results if error is None], now
        await self._record_sent()
        for message, error in results:
            if error:
                await self._failed(message, error)
            else:
                _log.debug("mail_sent", message=message.id, template=message.template)
        return handled

    async def _write(self, message: MessageRecord, now: datetime) -> OutgoingMail | None:
        """Return the mail; None when there is none, which is recorded."""
        try:
            return await self._writer.write(message, now=now)
        except NothingToSend as verdict:
            await self._messages.suppressed(message.id, str(verdict))
            _log.debug("mail_suppressed", message=message.id, reason=str(verdict))
        except StoreUnavailable:
            raise
        except Exception as error:  # noqa: BLE001  whatever it is stops this mail only
            await self._failed(message, error)
        return None

    async def _record_sent(self) -> None:
        """Record what was sent. While the disk is full it is remembered here, and not repeated."""
        message_ids, sent_at = self._not_recorded
        if message_ids:
            await self._messages.sent(*message_ids, at=sent_at)
            self._not_recorded = (), sent_at

    async def _failed(self, message: MessageRecord, error: Exception) -> None:
        wait = None
        if not isinstance(error, MailRefused):
            wait = self._backoff.wait(message.failures + 1, self._chance())
        note = fault_note(error)
        await self._messages.failed(
            message.id, note, retry_at=self._clock.now() + wait if wait else None
        )
        _log.warning(
            "mail_postponed" if wait else "mail_failed",
            message=message.id,
            template=message.template,
            attempt=message.attempts + 1,
            error=note,
            place=fault_place(error),
        )
