"""Opting in to messages by topic: there only where topics are, which is on AWS."""

from __future__ import annotations

from dataclasses import dataclass

from mentorbooking.application.answers.subscription import SubscriptionAnswer
from mentorbooking.application.ports.aggregate_store import AggregateStore
from mentorbooking.application.ports.cursors import Cursors
from mentorbooking.application.ports.subscriptions import Subscriptions
from mentorbooking.application.ports.throttle import Throttle
from mentorbooking.application.use_cases.subscriptions.get_subscription import (
    GetSubscription,
    GetSubscriptionHandler,
)
from mentorbooking.application.use_cases.subscriptions.list_subscriptions import (
    ListedSubscriptions,
    ListSubscriptions,
    ListSubscriptionsHandler,
)
from mentorbooking.application.use_cases.subscriptions.subscribe import (
    Subscribe,
    SubscribeHandler,
)
from mentorbooking.application.use_cases.subscriptions.unsubscribe import (
    Unsubscribe,
    UnsubscribeHandler,
)
from mentorbooking.entrypoints.core import Handles


@dataclass(frozen=True, slots=True)
class Subscribing:
    """What can be asked of subscriptions."""

    subscribe: Handles[Subscribe, SubscriptionAnswer]
    unsubscribe: Handles[Unsubscribe, None]
    get: Handles[GetSubscription, SubscriptionAnswer]
    list: Handles[ListSubscriptions, ListedSubscriptions]


def build_subscribing(
    aggregates: AggregateStore, subscriptions: Subscriptions, throttle: Throttle, cursors: Cursors
) -> Subscribing:
    """Put the handlers together."""
    return Subscribing(
        subscribe=SubscribeHandler(aggregates, subscriptions, throttle),
        unsubscribe=UnsubscribeHandler(aggregates, subscriptions),
        get=GetSubscriptionHandler(aggregates, subscriptions),
        list=ListSubscriptionsHandler(aggregates, subscriptions, cursors),
    )
