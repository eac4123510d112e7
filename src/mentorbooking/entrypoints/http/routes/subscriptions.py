"""Opting in to messages by topic, and out again. There where topics are, else 404."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal, get_args

import msgspec
from msgspec import Meta

from mentorbooking.application.answers.subscription import SubscriptionAnswer
from mentorbooking.application.use_cases.subscriptions.get_subscription import GetSubscription
from mentorbooking.application.use_cases.subscriptions.list_subscriptions import (
    ListSubscriptions,
)
from mentorbooking.application.use_cases.subscriptions.subscribe import (
    Subscribe,
    errors_of_events,
)
from mentorbooking.application.use_cases.subscriptions.unsubscribe import Unsubscribe
from mentorbooking.domain.kernel.errors import FieldError, NotFound
from mentorbooking.entrypoints.decoding.fields import Email, Limit
from mentorbooking.entrypoints.http import examples
from mentorbooking.entrypoints.http.answer import Answer, Page
from mentorbooking.entrypoints.http.call import Call
from mentorbooking.entrypoints.http.operations import Operation, RefusedRequest, endpoint
from mentorbooking.entrypoints.subscribing import Subscribing

TAG = "Notifications"

PublicEvent = Literal[
    "booking.created", "booking.cancelled", "mentors.imported", "bookings.exported"
]

MOST_EVENTS = 20


class WantedSubscription(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``email``: one's own if left out; admins may name any."""

    events: Annotated[list[PublicEvent], Meta(min_length=1, max_length=MOST_EVENTS)]
    email: Email | None = None


class _Events(msgspec.Struct, frozen=True):
    events: Annotated[list[Any], Meta(max_length=MOST_EVENTS)]


_read_events = msgspec.json.Decoder(_Events).decode


def _errors_of_events(refused: RefusedRequest) -> Iterable[FieldError]:
    """Return which of those events that there are the caller's role does not hear of."""
    if refused.caller is None:
        return ()
    try:
        given = _read_events(refused.raw).events
    except msgspec.DecodeError:
        return ()
    there_are = [(n, event) for n, event in enumerate(given) if event in get_args(PublicEvent)]
    return errors_of_events(there_are, refused.caller)


class SubscriptionsPage(msgspec.Struct, frozen=True):
    """Which page of the list."""

    limit: Limit = 50
    cursor: str | None = None


class SubscriptionList(msgspec.Struct, frozen=True):
    """Those that were confirmed. A page may hold fewer than ``limit`` though more follow."""

    data: list[SubscriptionAnswer]
    page: Page


def _subscribing(call: Call[Any, Any]) -> Subscribing:
    offered = call.core.subscribing
    if offered is None:
        raise NotFound("Subscriptions come with the AWS backend.")
    return offered


@endpoint(
    Operation(
        method="POST",
        path="/notification-subscriptions",
        operation_id="subscribe",
        summary="Opt in to messages by e-mail",
        description="Students and mentors hear of their own sessions, admins and operators of "
        "everything. 202 until the address has confirmed, 200 if it has; asked again, the "
        "events are replaced. With the AWS backend.",
        tag=TAG,
        body=WantedSubscription,
        also_wrong=_errors_of_events,
        answers={200: SubscriptionAnswer, 202: SubscriptionAnswer},
        refusals={
            403: ("not-yours",),
            404: ("not-found",),
            429: ("too-many-requests",),
            503: ("subscriptions-unavailable",),
        },
        accepts=("Idempotency-Key",),
        sends=("Location", "Event-Position", "Idempotency-Replayed"),
        body_example={"events": ["booking.created", "booking.cancelled"]},
        answer_examples={
            200: {**examples.SUBSCRIPTION, "status": "confirmed"},
            202: examples.SUBSCRIPTION,
        },
    )
)
async def subscribe(call: Call[WantedSubscription, None]) -> Answer:
    command = Subscribe(
        caller=call.principal,
        events=tuple(call.body.events),
        client=call.client,
        email=call.body.email,
    )
    return await call.core.commanding(call, _subscribing(call).subscribe, command, _subscribed)


def _subscribed(subscription: SubscriptionAnswer) -> Answer:
    return Answer(
        status=200 if subscription.status == "confirmed" else 202,
        body=subscription,
        location=f"/notification-subscriptions/{subscription.id}",
    )


@endpoint(
    Operation(
        method="GET",
        path="/notification-subscriptions",
        operation_id="list_subscriptions",
        summary="List one's subscriptions",
        description="Confirmed ones, of one's own address; admins see all. With the AWS backend.",
        tag=TAG,
        query=SubscriptionsPage,
        answers={200: SubscriptionList},
        refusals={
            400: ("invalid-cursor",),
            404: ("not-found",),
            503: ("subscriptions-unavailable",),
        },
        answer_examples={200: examples.page_of({**examples.SUBSCRIPTION, "status": "confirmed"})},
    )
)
async def list_subscriptions(call: Call[None, SubscriptionsPage]) -> Answer:
    given = call.query
    listed = await _subscribing(call).list(
        ListSubscriptions(caller=call.principal, limit=given.limit, cursor=given.cursor)
    )
    return Answer(body=SubscriptionList(listed.data, Page(listed.next_cursor, given.limit)))


@endpoint(
    Operation(
        method="GET",
        path="/notification-subscriptions/{subscription_id:str}",
        operation_id="get_subscription",
        summary="Read whether a subscription is confirmed",
        tag=TAG,
        answers={200: SubscriptionAnswer},
        refusals={404: ("not-found",), 503: ("subscriptions-unavailable",)},
        answer_examples={200: examples.SUBSCRIPTION},
    )
)
async def get_subscription(call: Call[None, None]) -> Answer:
    query = GetSubscription(caller=call.principal, subscription_id=call.path["subscription_id"])
    return Answer(body=await _subscribing(call).get(query))


@endpoint(
    Operation(
        method="DELETE",
        path="/notification-subscriptions/{subscription_id:str}",
        operation_id="unsubscribe",
        summary="Opt out",
        tag=TAG,
        answers={204: None},
        refusals={
            404: ("not-found",),
            409: ("not-confirmed",),
            503: ("subscriptions-unavailable",),
        },
    )
)
async def unsubscribe(call: Call[None, None]) -> Answer:
    command = Unsubscribe(caller=call.principal, subscription_id=call.path["subscription_id"])
    await _subscribing(call).unsubscribe(command)
    return Answer(status=204)


ENDPOINTS = (subscribe, list_subscriptions, get_subscription, unsubscribe)
