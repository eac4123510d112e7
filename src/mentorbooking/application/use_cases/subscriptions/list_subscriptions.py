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
from mentorbooking.application.ports.cursors import Cursors, InvalidCursor, listing_name
from mentorbooking.application.ports.subscriptions import Subscriptions
from mentorbooking.application.principal import Principal
from mentorbooking.domain.user_account.account import UserAccount


class ListSubscriptions(msgspec.Struct, frozen=True, kw_only=True):
    """``cursor`` is what the page before told."""

    caller: Principal
    limit: int
    cursor: str | None = None


class ListedSubscriptions(msgspec.Struct, frozen=True):
    """``next_cursor`` leads to the next page; None: there is none."""

    data: list[SubscriptionAnswer]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class ListSubscriptionsHandler:
    aggregates: AggregateStore
    subscriptions: Subscriptions
    cursors: Cursors

    async def __call__(self, query: ListSubscriptions) -> ListedSubscriptions:
        email = None
        if not reaches_all(query.caller, "list_subscriptions"):
            email = (await self.aggregates.get(UserAccount, query.caller.user_id)).email
        listing = listing_name("notification-subscriptions", user=query.caller.user_id)
        after = None if query.cursor is None else self._after(listing, query.cursor)
        page = await self.subscriptions.page(email=email, after=after, limit=query.limit)
        return ListedSubscriptions(
            [subscription_answer(row) for row in page.rows],
            None if page.after is None else self.cursors.encode(listing, [page.after]),
        )

    def _after(self, listing: str, cursor: str) -> str:
        (after,) = self.cursors.decode(listing, cursor)
        if not isinstance(after, str):
            raise InvalidCursor("This is not a cursor of this list.")
        return after
