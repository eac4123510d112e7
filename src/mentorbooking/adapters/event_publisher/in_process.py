"""``EventPublisher`` without a broker: the embedded default.

Consumers write into the work file, in the transaction that also takes the event into their
inbox. So an event that the relay sends again after a crash takes effect once, and what a
consumer has taken is as durable as a message in a queue. What is slow goes to a job queue from
there (``job_queue.sqlite.enqueue``).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from mentorbooking.adapters.work.sqlite import inbox
from mentorbooking.adapters.work.sqlite.database import WorkDatabase
from mentorbooking.application.integration_events.events import IntegrationEvent
from mentorbooking.application.ports.clock import Clock
from mentorbooking.application.ports.event_publisher import (
    EventPublisher,
    NotSent,
    PublisherUnavailable,
)
from mentorbooking.application.ports.unavailable import StoreUnavailable
from mentorbooking.application.trying_again.fault_notes import fault_note

Consumer = Callable[[sqlite3.Connection, IntegrationEvent], None]


@dataclass(frozen=True, slots=True)
class InProcessEventPublisher(EventPublisher):
    """``consumers`` by name; the name is the inbox's and stays. Every event goes to each."""

    database: WorkDatabase
    clock: Clock
    consumers: Mapping[str, Consumer] = field(default_factory=dict)

    async def publish(self, events: Sequence[IntegrationEvent]) -> Sequence[NotSent]:
        if not self.consumers or not events:
            return ()
        try:
            return await self.database.write(lambda tx: self._hand_out(tx, events))
        except StoreUnavailable as error:
            raise PublisherUnavailable(str(error)) from error

    def _hand_out(
        self, tx: sqlite3.Connection, events: Sequence[IntegrationEvent]
    ) -> Sequence[NotSent]:
        inbox.forget_old(tx, now=self.clock.now())
        failed: dict[str, NotSent] = {}
        for event in events:
            for name, consume in self.consumers.items():
                try:
                    self._hand_to(name, consume, tx, event)
                except Exception as error:  # noqa: BLE001  a consumer may fail in any way
                    failed[event.id] = NotSent(event.id, f"{name}: {fault_note(error)}")
        return tuple(failed.values())

    def _hand_to(
        self, name: str, consume: Consumer, tx: sqlite3.Connection, event: IntegrationEvent
    ) -> None:
        tx.execute("SAVEPOINT delivery")
        try:
            if inbox.is_new(tx, name, event.id, now=self.clock.now()):
                consume(tx, event)
        except BaseException:
            tx.execute("ROLLBACK TO delivery")
            raise
        finally:
            tx.execute("RELEASE delivery")
