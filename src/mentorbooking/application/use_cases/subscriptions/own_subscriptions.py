"""Which subscriptions a caller may see and end: those of their address or part; admins all."""

from __future__ import annotations

from mentorbooking.application.authorisation import reaches_all
from mentorbooking.application.email_addresses import normalise_email
from mentorbooking.application.ports.aggregate_store import AggregateStore
from mentorbooking.application.ports.subscriptions import Subscription, Subscriptions, Wish
from mentorbooking.application.principal import Principal
from mentorbooking.domain.kernel.errors import NotFound
from mentorbooking.domain.user_account.account import UserAccount


async def visible_subscription(
    aggregates: AggregateStore,
    subscriptions: Subscriptions,
    caller: Principal,
    subscription_id: str,
    operation: str,
) -> Subscription:
    """Return a subscription that the caller may know of, or raise ``NotFound``."""
    found = await subscriptions.find(subscription_id)
    if found is not None:
        if reaches_all(caller, operation) or _takes_part(found.wish, caller):
            return found
        account = await aggregates.get(UserAccount, caller.user_id)
        if normalise_email(found.wish.email) == normalise_email(account.email):
            return found
    raise NotFound("There is no such subscription.")


def _takes_part(wish: Wish, caller: Principal) -> bool:
    """Tell whether it is about the caller's sessions, whichever address it goes to."""
    return (wish.student_id is not None and wish.student_id == caller.student_id) or (
        wish.mentor_id is not None and wish.mentor_id == caller.mentor_id
    )
