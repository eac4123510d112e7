"""A log in memory, a work file and a relay between them, and a publisher that has its moods."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

from mentorbooking.adapters.job_queue.sqlite import SQLiteJobQueue
from mentorbooking.adapters.work.sqlite.database import WorkDatabase
from mentorbooking.adapters.work.sqlite.outbox_ledger import SQLiteOutboxLedger
from mentorbooking.application.integration_events.events import IntegrationEvent
from mentorbooking.application.outbox.delivery import Delivery
from mentorbooking.application.outbox.relay import OutboxRelay
from mentorbooking.application.outbox.status import OutboxStatus, outbox_status
from mentorbooking.application.ports.event_publisher import NotSent, PublisherUnavailable
from mentorbooking.application.trying_again.backoff import Backoff
from tests.support.memory_log import MemoryLog
from tests.support.moving_clock import MovingClock
from tests.support.public_events import SOURCE

BACKOFF = Backoff(first=timedelta(seconds=10), attempts=3)


class Topic:
    """A publisher with a mind of its own: ``refuses`` subjects, is ``away``, or by ``chance``."""

    def __init__(self) -> None:
        self.got: list[IntegrationEvent] = []
        self.refuses: set[str] = set()
        self.away = False
        self.chance: Callable[[], float] = lambda: 1.0

    async def publish(self, events: Sequence[IntegrationEvent]) -> Sequence[NotSent]:
        if self.away:
            raise PublisherUnavailable("away")
        assert len({event.subject for event in events}) == len(events)
        failed = []
        for event in events:
            if event.subject in self.refuses or self.chance() < 0.2:
                failed.append(NotSent(event.id, "refused"))
            else:
                self.got.append(event)
        return failed

    def types_of(self, subject: str) -> list[str]:
        return [event.type for event in self.got if event.subject == subject]


class House:
    """A log, a work file and a relay between them."""

    def __init__(self, database: WorkDatabase) -> None:
        self.log, self.clock, self.topic = MemoryLog(), MovingClock(), Topic()
        self.ledger, self.jobs = SQLiteOutboxLedger(database), SQLiteJobQueue(database)

    def relay(
        self,
        *,
        linger: timedelta = timedelta(milliseconds=100),
        poll: timedelta = timedelta(hours=1),
    ) -> OutboxRelay:
        return OutboxRelay(
            self.log,
            self.ledger,
            Delivery(self.topic, self.jobs, self.clock, SOURCE),
            self.clock,
            chance=lambda: 0.0,
            backoff=BACKOFF,
            linger=linger,
            poll=poll,
        )

    async def status(self) -> OutboxStatus:
        return await outbox_status(self.log, self.ledger, now=self.clock.now())

    async def states(self) -> list[str]:
        return [parked.state for parked in await self.ledger.parked()]
