"""Opt out again."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from mentorbooking.application.ports.aggregate_store import AggregateStore
from mentorbooking.application.ports.subscriptions import NotConfirmedYet, Subscriptions
from mentorbooking.application.principal import Principal
from mentorbooking.application.use_cases.subscriptions.own_subscriptions import (
    visible_subscription,
)
from mentorbooking.domain.kernel.errors import Conflict


class NotConfirmed(Conflict):
    """The address has not confirmed, so there is nothing to end."""

    code = "not-confirmed"


class Unsubscribe(msgspec.Struct, frozen=True, kw_only=True):
    """For whom it belongs to, and admins."""

    caller: Principal
    subscription_id: str


@dataclass(frozen=True, slots=True)
class UnsubscribeHandler:
    aggregates: AggregateStore
    subscriptions: Subscriptions

    async def __call__(self, command: Unsubscribe) -> None:
        found = await visible_subscription(
            self.aggregates,
            self.subscriptions,
            command.caller,
            command.subscription_id,
            "unsubscribe",
        )
        try:
            await self.subscriptions.unsubscribe(found.id)
        except NotConfirmedYet as error:
            raise NotConfirmed("It was not confirmed, and lapses by itself in two days.") from error
