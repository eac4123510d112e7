"""How public events leave: a topic, a queue, or consumers in this very process."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from mentorbooking.application.integration_events.events import IntegrationEvent
from mentorbooking.application.ports.unavailable import Unavailable


class NotSent(msgspec.Struct, frozen=True):
    """An event that could not be sent, and why: without personal data, see ``fault_notes``."""

    event_id: str
    error: str


class PublisherUnavailable(Unavailable):
    """Nothing can be sent now. Some of it may have been; all of it is to be sent again."""


class EventPublisher(Protocol):
    """At least once: an event that may have been sent before is sent again with the same id."""

    async def publish(self, events: Sequence[IntegrationEvent]) -> Sequence[NotSent]:
        """Send events of different subjects, in any order; answer those that failed.

        What was not answered is in other hands, durably. One event's failure keeps no other
        from being sent. Raises ``PublisherUnavailable``.
        """
