"""Read one subscription: whether the address has confirmed."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from mentorbooking.application.answers.subscription import (
    SubscriptionAnswer,
    subscription_answer,
)
from mentorbooking.application.ports.aggregate_store import AggregateStore
from mentorbooking.application.ports.subscriptions import Subscriptions
from mentorbooking.application.principal import Principal
from mentorbooking.application.use_cases.subscriptions.own_subscriptions import (
    visible_subscription,
)


class GetSubscription(msgspec.Struct, frozen=True, kw_only=True):
    """For whom it belongs to, and admins."""

    caller: Principal
    subscription_id: str


@dataclass(frozen=True, slots=True)
class GetSubscriptionHandler:
    aggregates: AggregateStore
    subscriptions: Subscriptions

    async def __call__(self, query: GetSubscription) -> SubscriptionAnswer:
        found = await visible_subscription(
            self.aggregates,
            self.subscriptions,
            query.caller,
            query.subscription_id,
            "get_subscription",
        )
        return subscription_answer(found)
