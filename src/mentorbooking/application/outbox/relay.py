"""The outbox is the log: the relay follows it, sends what others wait for, then moves on.

At least once: a crash between sending and recording repeats at most one batch. In order per
stream: what could not be sent is parked, and later events of its stream are held behind it
until it was sent; everything else goes on. What has failed too often is a dead letter.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import Final

import msgspec
import structlog

from mentorbooking.application.outbox.delivery import Delivery
from mentorbooking.application.ports.clock import Clock
from mentorbooking.application.ports.event_log import EventLog, RecordedEvent
from mentorbooking.application.ports.outbox_ledger import OutboxLedger, ParkedEvent, ParkedState
from mentorbooking.application.trying_again.backoff import Backoff
from mentorbooking.application.trying_again.fault_notes import fault_note, fault_place
from mentorbooking.application.trying_again.followers import TROUBLE
from mentorbooking.application.trying_again.waiting import wait_for_any

BATCH: Final = 100
BACKOFF: Final = Backoff(attempts=10)

_log = structlog.get_logger(__name__)


class OutboxRelay:
    """One relay per log. ``trouble`` tells why it can't go on just now, or is None."""

    def __init__(
        self,
        log: EventLog,
        ledger: OutboxLedger,
        delivery: Delivery,
        clock: Clock,
        *,
        chance: Callable[[], float],
        backoff: Backoff = BACKOFF,
        linger: timedelta = timedelta(milliseconds=100),
        poll: timedelta = timedelta(seconds=1),
    ) -> None:
        """``linger`` is the pause after a batch that was not full: the next gathers meanwhile."""
        self._log, self._ledger, self._delivery, self._clock = log, ledger, delivery, clock
        self._chance, self._backoff = chance, backoff
        self._linger, self._poll = linger, poll
        self._woken = asyncio.Event()
        self.trouble: str | None = None

    def wake(self) -> None:
        """Look at the log now. To be called on the relay's event loop."""
        self._woken.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Relay until ``stop`` is set; whatever goes wrong is told and tried again."""
        failures = 0
        while not stop.is_set():
            self._woken.clear()
            try:
                await self.retry_parked()
                relayed = await self.relay_batch()
            except Exception as error:  # noqa: BLE001  the relay outlives what stops a round
                failures += 1
                self.trouble = fault_note(error)
                _log.warning("relay_stopped", error=self.trouble, place=fault_place(error))
                await wait_for_any(stop, at_most=TROUBLE.pause(failures, self._chance()))
                continue
            failures, self.trouble = 0, None
            if relayed < BATCH:
                await wait_for_any(stop, at_most=self._linger)
                await wait_for_any(stop, self._woken, at_most=self._poll)

    async def relay_batch(self) -> int:
        """Send what is new and record the position; return how many events that were."""
        position, head = await self._ledger.position(), await self._log.head()
        if head <= position:
            return 0
        events = await self._log.read(position, BATCH, topics=self._delivery.topics)
        parked = await self._send_in_order(events)
        last = events[-1].position if events else 0
        reached = last if len(events) == BATCH else max(last, head)
        await self._ledger.record(position=reached, parked=parked)
        return len(events)

    async def retry_parked(self) -> int:
        """Try what is due again, stream by stream; return how many were sent."""
        now, sent = self._clock.now(), 0
        for stream in _by_stream(await self._ledger.parked()):
            first = stream[0]
            if first.state is ParkedState.HELD or (first.due_at and first.due_at <= now):
                sent += await self._retry(stream)
        return sent

    async def _send_in_order(self, events: Sequence[RecordedEvent]) -> list[ParkedEvent]:
        """Send in waves of one event per stream; return what has to be parked."""
        blocked = {event.stream for event in await self._ledger.parked()}
        parked = []
        for wave in _waves(events):
            free = [recorded for recorded in wave if recorded.stream not in blocked]
            parked += [_held(recorded) for recorded in wave if recorded.stream in blocked]
            errors = await self._delivery.deliver(free)
            for recorded in free:
                if recorded.event_id in errors:
                    blocked.add(recorded.stream)
                    parked.append(self._failed(_held(recorded), errors[recorded.event_id]))
        return parked

    async def _retry(self, stream: Sequence[ParkedEvent]) -> int:
        """Send a stream's parked events until one fails; each is recorded by itself."""
        for count, parked in enumerate(stream):
            (recorded,) = await self._log.read(parked.position - 1, 1)
            errors = await self._delivery.deliver([recorded])
            if errors:
                failed = self._failed(parked, errors[recorded.event_id])
                await self._ledger.record(parked=[failed])
                return count
            await self._ledger.record(sent=[parked.position])
        return len(stream)

    def _failed(self, parked: ParkedEvent, error: str) -> ParkedEvent:
        attempts = parked.attempts + 1
        wait = self._backoff.wait(attempts, self._chance())
        _log.warning(
            "event_parked" if wait else "event_dead",
            position=parked.position,
            topic=parked.topic,
            attempts=attempts,
            error=error,
        )
        return msgspec.structs.replace(
            parked,
            state=ParkedState.WAITING if wait else ParkedState.DEAD,
            attempts=attempts,
            due_at=self._clock.now() + wait if wait else None,
            last_error=error,
        )


def _held(recorded: RecordedEvent) -> ParkedEvent:
    return ParkedEvent(
        position=recorded.position,
        event_id=recorded.event_id,
        stream=recorded.stream,
        topic=recorded.event.TOPIC,
    )


def _waves(events: Iterable[RecordedEvent]) -> list[list[RecordedEvent]]:
    """Part events so that no wave has two of one stream, and each stream stays in order."""
    waves: list[list[RecordedEvent]] = []
    seen: Counter[str] = Counter()
    for recorded in events:
        if seen[recorded.stream] == len(waves):
            waves.append([])
        waves[seen[recorded.stream]].append(recorded)
        seen[recorded.stream] += 1
    return waves


def _by_stream(parked: Iterable[ParkedEvent]) -> Iterable[list[ParkedEvent]]:
    streams: dict[str, list[ParkedEvent]] = {}
    for event in parked:
        streams.setdefault(event.stream, []).append(event)
    return streams.values()
