"""E-mail subscriptions to public events, by people who opt in. They are kept by who sends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from mentorbooking.application.ports.unavailable import Unavailable


class AddressRefused(Exception):
    """The address can't be subscribed."""


class NotConfirmedYet(Exception):
    """The subscription can't be ended before it has begun; it lapses by itself."""


class SubscriptionsUnavailable(Unavailable):
    """Nothing can be asked or changed now."""

    code = "subscriptions-unavailable"
    detail = "Subscriptions can't be asked or changed now."


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """Which public events an address is to hear of, by type.

    With ``student_id`` or ``mentor_id`` only sessions that they take part in; with neither
    everybody's.
    """

    email: str
    events: tuple[str, ...]
    student_id: str | None = None
    mentor_id: str | None = None


class Subscription(msgspec.Struct, frozen=True):
    """``confirmed``: somebody who reads the address has said yes. Nothing is sent before."""

    id: str
    wish: Wish
    confirmed: bool


class SubscriptionPage(msgspec.Struct, frozen=True):
    """``after`` leads to the next page, which may be empty; None: there is none."""

    rows: Sequence[Subscription]
    after: str | None


class Subscriptions(Protocol):
    """An address has one subscription of each reach: its own sessions, or everybody's.

    Any method may raise ``SubscriptionsUnavailable``.
    """

    async def subscribe(self, wish: Wish) -> Subscription:
        """Ask the address to confirm; if it is subscribed, it hears of the new events instead.

        Raises ``AddressRefused``.
        """

    async def find(self, subscription_id: str) -> Subscription | None: ...

    async def page(self, *, email: str | None, after: str | None, limit: int) -> SubscriptionPage:
        """Return confirmed subscriptions, those of one address or all, at most ``limit``."""

    async def unsubscribe(self, subscription_id: str) -> None:
        """End it; ending what is not there is fine. Raises ``NotConfirmedYet``."""
