"""List the confirmed subscriptions of one's own address; admins those of all."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from mentorbooking.application.answers.subscription import (
    SubscriptionAnswer,
    subscription_answer,
)
from mentorbooking.application.authorisation import reaches_all
from mentorbooking.application.ports.aggregate_store import AggregateStore
from mentorbooking.application.ports.subscriptions import Subscriptions
from mentorbooking.application.principal import Principal
from mentorbooking.domain.user_account.account import UserAccount


class ListSubscriptions(msgspec.Struct, frozen=True, kw_only=True):
    """``after`` is what the page before told."""

    caller: Principal
    limit: int
    after: str | None = None


class ListedSubscriptions(msgspec.Struct, frozen=True):
    """``after`` leads to the next page; None: there is none."""

    data: list[SubscriptionAnswer]
    after: str | None


@dataclass(frozen=True, slots=True)
class ListSubscriptionsHandler:
    aggregates: AggregateStore
    subscriptions: Subscriptions

    async def __call__(self, query: ListSubscriptions) -> ListedSubscriptions:
        email = None
        if not reaches_all(query.caller, "list_subscriptions"):
            email = (await self.aggregates.get(UserAccount, query.caller.user_id)).email
        page = await self.subscriptions.page(email=email, after=query.after, limit=query.limit)
        return ListedSubscriptions([subscription_answer(row) for row in page.rows], page.after)
