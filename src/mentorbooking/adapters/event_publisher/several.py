"""Public events to several places at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mentorbooking.application.integration_events.events import IntegrationEvent
from mentorbooking.application.ports.event_publisher import EventPublisher, NotSent


@dataclass(frozen=True, slots=True)
class SeveralPublishers(EventPublisher):
    """An event is sent once every publisher has sent it.

    One that could not be sent somewhere is sent again to all, and so are all when one publisher
    is unavailable: receivers know an event by its id. They are asked one after the other, so
    that those behind one that is away do not get the same batch with every attempt.
    """

    publishers: Sequence[EventPublisher]

    async def publish(self, events: Sequence[IntegrationEvent]) -> Sequence[NotSent]:
        failed: dict[str, NotSent] = {}
        for publisher in self.publishers:
            for not_sent in await publisher.publish(events):
                failed.setdefault(not_sent.event_id, not_sent)
        return tuple(failed.values())
