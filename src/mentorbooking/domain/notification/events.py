"""What people ask of a message that the service sent or failed to send."""

from __future__ import annotations

from typing import ClassVar

from mentorbooking.domain.kernel.event import Event


class ResendRequested(Event, frozen=True, kw_only=True):
    """Its recipient or an admin wants the message once more."""

    TOPIC: ClassVar[str] = "notification.resend_requested"

    message_id: str


NotificationEvent = ResendRequested
