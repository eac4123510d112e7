"""Carrying out, for one event, what the table of reactions leaves to the outbox."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from mentorbooking.application.integration_events.events import IntegrationEvent, integration_event
from mentorbooking.application.jobs.order import JobOrder
from mentorbooking.application.ports.clock import Clock
from mentorbooking.application.ports.event_log import RecordedEvent
from mentorbooking.application.ports.event_publisher import EventPublisher
from mentorbooking.application.ports.job_queue import JobQueue
from mentorbooking.application.reactions import FED, NOTHING, REACTIONS, RELAYED, Feed
from mentorbooking.application.trying_again.fault_notes import fault_note


@dataclass(frozen=True, slots=True)
class Delivery:
    """``publisher`` is None where nobody hears public events. ``source`` is the URI by which
    they name this installation.

    ``on_fed`` is called when a queue may have got a job: a runner near by need not poll for it.
    """

    publisher: EventPublisher | None
    jobs: JobQueue
    clock: Clock
    source: str
    on_fed: Callable[[], None] | None = None

    @property
    def topics(self) -> Collection[str]:
        """The stored names of the events that it has to be given."""
        return FED if self.publisher is None else RELAYED

    async def deliver(self, wave: Sequence[RecordedEvent]) -> Mapping[str, str]:
        """Feed the queues and publish; return what failed, by event id, and why.

        The events are of different streams. Delivering one again does no harm: a queue knows
        the job's key, and receivers know the event's id.
        """
        failed: dict[str, str] = {}
        public: list[IntegrationEvent] = []
        for recorded in wave:
            reaction = REACTIONS.get(recorded.event.TOPIC, NOTHING)
            if reaction.feeds:
                await self._feed(recorded, reaction.feeds)
            if reaction.publishes and self.publisher is not None:
                try:
                    public.append(integration_event(recorded, source=self.source))
                except Exception as error:  # noqa: BLE001  one strange fact stops no other
                    failed[recorded.event_id] = fault_note(error)
        if self.publisher is not None:
            for not_sent in await self.publisher.publish(public):
                failed[not_sent.event_id] = not_sent.error
        return failed

    async def _feed(self, recorded: RecordedEvent, feed: Feed) -> None:
        payload = JobOrder.because_of(recorded).payload()
        await self.jobs.enqueue(feed.queue, feed.key(recorded), payload, now=self.clock.now())
        if self.on_fed:
            self.on_fed()
