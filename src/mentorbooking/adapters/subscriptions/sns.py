"""``Subscriptions`` on SNS, which is their only store.

A subscription is known to SNS by the topic and a UUID, which our id is made of. Its filter
policy says which events and whose sessions. SNS asks the address to confirm, and forgets it
after 48 hours if it does not.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from uuid import UUID

import msgspec

from mentorbooking.adapters.aws.clients import WhenNeeded
from mentorbooking.adapters.aws.failures import CALL_FAILED, failure_code
from mentorbooking.adapters.subscriptions.sns_listing import Listing
from mentorbooking.application.integration_events.audiences import Audience
from mentorbooking.application.ports.cursors import InvalidCursor
from mentorbooking.application.ports.subscriptions import (
    AddressRefused,
    NotConfirmedYet,
    Subscription,
    SubscriptionPage,
    Subscriptions,
    SubscriptionsUnavailable,
    Wish,
)
from mentorbooking.domain.kernel.ids import type_id, uuid_of

if TYPE_CHECKING:
    from types_aiobotocore_sns import SNSClient

PREFIX: Final = "subscription"

_NOT_AS_GIVEN: Final = frozenset({"InvalidParameter", "InvalidParameterException"})


class _Policy(msgspec.Struct, frozen=True, omit_defaults=True):
    """The filter policy; its fields are attributes of the messages."""

    type: tuple[str, ...] = ()
    student_id: tuple[str, ...] = ()
    mentor_id: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SNSSubscriptions(Subscriptions):
    """``topics`` are the ARNs of what ``SNSEventPublisher`` publishes to."""

    client: WhenNeeded[SNSClient]
    topics: WhenNeeded[Mapping[Audience, str]]

    async def subscribe(self, wish: Wish) -> Subscription:
        topics = await self._arns()
        with _calling(AddressRefused()):
            arn = await self._subscribe(wish, topics)
        found = await self._find(arn)
        if found is None:
            raise SubscriptionsUnavailable("the subscription was ended meanwhile")
        return found

    async def find(self, subscription_id: str) -> Subscription | None:
        places = await self._places(subscription_id)
        found = await asyncio.gather(*(self._find(arn) for arn in places))
        return next((each for each in found if each is not None), None)

    async def page(self, *, email: str | None, after: str | None, limit: int) -> SubscriptionPage:
        listing = Listing(await self.client(), tuple((await self._arns()).values()), email)
        with _calling(InvalidCursor("The cursor is no longer good.")):
            listed = await listing.page(after, limit)
        found = await asyncio.gather(*(self._find(arn) for arn in listed.arns))
        return SubscriptionPage([each for each in found if each is not None], listed.after)

    async def unsubscribe(self, subscription_id: str) -> None:
        client = await self.client()
        for arn in await self._places(subscription_id):
            if await self._find(arn) is not None:
                with _calling(NotConfirmedYet()):
                    await client.unsubscribe(SubscriptionArn=arn)

    async def _subscribe(self, wish: Wish, topics: Mapping[Audience, str]) -> str:
        client = await self.client()
        own_sessions = wish.student_id is not None or wish.mentor_id is not None
        topic = topics[Audience.SUBSCRIBERS if own_sessions else Audience.ADMINS]
        policy = _policy_of(wish)
        try:
            made = await client.subscribe(
                TopicArn=topic,
                Protocol="email",
                Endpoint=wish.email,
                Attributes={"FilterPolicy": policy},
                ReturnSubscriptionArn=True,
            )
        except client.exceptions.InvalidParameterException:
            # It is there with another policy, or the address is none: then this fails as well.
            # Without attributes SNS answers the one that is there; were it just ended, the new
            # one would be without a filter, but it tells nobody before it is confirmed.
            made = await client.subscribe(
                TopicArn=topic, Protocol="email", Endpoint=wish.email, ReturnSubscriptionArn=True
            )
            await client.set_subscription_attributes(
                SubscriptionArn=made["SubscriptionArn"],
                AttributeName="FilterPolicy",
                AttributeValue=policy,
            )
        return made["SubscriptionArn"]

    async def _find(self, arn: str) -> Subscription | None:
        client = await self.client()
        with _calling():
            try:
                found = await client.get_subscription_attributes(SubscriptionArn=arn)
            except client.exceptions.NotFoundException:
                return None
        attributes = found["Attributes"]
        policy = msgspec.json.decode(attributes.get("FilterPolicy", "{}"), type=_Policy)
        return Subscription(
            type_id(PREFIX, UUID(arn.rpartition(":")[2]).int),
            Wish(
                email=attributes["Endpoint"],
                events=policy.type,
                student_id=next(iter(policy.student_id), None),
                mentor_id=next(iter(policy.mentor_id), None),
            ),
            confirmed=attributes["PendingConfirmation"].lower() == "false",
        )

    async def _arns(self) -> Mapping[Audience, str]:
        with _calling():
            return await self.topics()

    async def _places(self, subscription_id: str) -> list[str]:
        """Return the ARNs that the id may stand for: one in each topic."""
        number = uuid_of(PREFIX, subscription_id)
        if number is None:
            return []
        return [f"{topic}:{UUID(int=number)}" for topic in (await self._arns()).values()]


def _policy_of(wish: Wish) -> str:
    policy = _Policy(
        type=wish.events,
        student_id=(wish.student_id,) if wish.student_id else (),
        mentor_id=(wish.mentor_id,) if wish.mentor_id else (),
    )
    return msgspec.json.encode(policy).decode()


@contextmanager
def _calling(not_as_given: Exception | None = None) -> Iterator[None]:
    """Translate failures; ``not_as_given`` is what it means that SNS refuses a parameter."""
    try:
        yield
    except CALL_FAILED as error:
        if not_as_given is not None and failure_code(error) in _NOT_AS_GIVEN:
            raise not_as_given from error
        raise SubscriptionsUnavailable(f"SNS: {failure_code(error)}") from error
