"""A subscription as the service tells it."""

from __future__ import annotations

from typing import Literal

import msgspec

from mentorbooking.application.ports.subscriptions import Subscription


class SubscriptionAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """``pending`` until somebody who reads the address has confirmed."""

    id: str
    email: str
    events: tuple[str, ...]
    status: Literal["pending", "confirmed"]


def subscription_answer(subscription: Subscription) -> SubscriptionAnswer:
    return SubscriptionAnswer(
        id=subscription.id,
        email=subscription.wish.email,
        events=subscription.wish.events,
        status="confirmed" if subscription.confirmed else "pending",
    )
