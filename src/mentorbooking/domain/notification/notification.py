"""A message to one person. Its sending is not a fact of the domain; asking for it again is."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Self

from mentorbooking.domain.kernel.aggregate import AggregateRoot, Decision
from mentorbooking.domain.notification.events import NotificationEvent, ResendRequested


class Notification(AggregateRoot):
    """The id is the message's; ``resends`` counts how often it was asked for again."""

    TOPIC: ClassVar[str] = "notification"

    resends: int = 0

    def resend(self, *, now: datetime) -> Decision[Self]:
        return self.decide(ResendRequested(at=now, message_id=self.id))

    def evolve(self, event: NotificationEvent) -> None:  # noqa: ARG002  one kind so far
        self.resends += 1
