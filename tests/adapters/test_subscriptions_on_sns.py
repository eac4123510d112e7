"""What is SNS's own: waiting for a confirmation, filters, long lists, and days without SNS."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import msgspec
import pytest
from botocore.exceptions import EndpointConnectionError
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.sns.models import sns_backends

from mentorbooking.adapters.aws.clients import AwsClients
from mentorbooking.adapters.aws.topics import Topics
from mentorbooking.adapters.aws.topology import create_topics
from mentorbooking.adapters.subscriptions.sns import SNSSubscriptions
from mentorbooking.adapters.subscriptions.sns_listing import MOST_LOOKED_AT
from mentorbooking.application.integration_events.audiences import Audience
from mentorbooking.application.ports.cursors import InvalidCursor
from mentorbooking.application.ports.subscriptions import (
    AddressRefused,
    NotConfirmedYet,
    SubscriptionsUnavailable,
    Wish,
)
from tests.support.at_hand import at_hand
from tests.support.aws_servers import REGION, aws_settings, unique
from tests.support.fixed import STUDENT
from tests.support.moto_inside import moto_inside
from tests.support.patience import SOON

pytestmark = pytest.mark.anyio

OWN = Wish(email="sam@people.example", events=("booking.created",), student_id=STUDENT)


@pytest.fixture(scope="module")
def moto(aws_credentials: None) -> Iterator[str]:
    with moto_inside() as endpoint:
        yield endpoint


@pytest.fixture
async def subscriptions(anyio_backend: str, moto: str) -> AsyncIterator[SNSSubscriptions]:
    async with AwsClients(aws_settings(others=moto)) as clients:
        yield SNSSubscriptions(clients.sns, Topics(clients.sns, unique("events")))


async def kept(subscriptions: SNSSubscriptions) -> list[Any]:
    """Return what moto keeps of these topics' subscriptions."""
    backend = sns_backends[DEFAULT_ACCOUNT_ID][REGION]
    topics = set((await subscriptions.topics()).values())
    return [each for each in backend.subscriptions.values() if each.topic_arn in topics]


class Answering:
    """The client, but for one call that SNS answers otherwise than moto."""

    def __init__(self, client: Any, name: str, answer: Any) -> None:
        self._client, self._name, self._answer = client, name, answer

    def __getattr__(self, name: str) -> Any:
        return self._call if name == self._name else getattr(self._client, name)

    async def _call(self, **request: Any) -> Any:
        if isinstance(self._answer, str):
            error = {"Error": {"Code": self._answer, "Message": "sam@people.example"}}
            raise self._client.exceptions.InvalidParameterException(error, self._name)
        return self._answer(request)


async def with_answer(subscriptions: SNSSubscriptions, name: str, answer: Any) -> SNSSubscriptions:
    client: Any = Answering(await subscriptions.client(), name, answer)
    return SNSSubscriptions(at_hand(client), subscriptions.topics)


async def test_it_is_pending_until_the_address_has_confirmed(
    subscriptions: SNSSubscriptions,
) -> None:
    made = await subscriptions.subscribe(OWN)
    (in_moto,) = await kept(subscriptions)
    in_moto.attributes["PendingConfirmation"] = True
    pending = await subscriptions.find(made.id)
    in_moto.attributes["PendingConfirmation"] = False
    confirmed = await subscriptions.find(made.id)

    assert pending is not None
    assert not pending.confirmed
    assert confirmed is not None
    assert confirmed.confirmed


async def test_the_filter_lets_own_sessions_through_only(subscriptions: SNSSubscriptions) -> None:
    await subscriptions.subscribe(OWN)

    (in_moto,) = await kept(subscriptions)
    assert in_moto.topic_arn == (await subscriptions.topics())[Audience.SUBSCRIBERS]
    policy = msgspec.json.decode(in_moto.attributes["FilterPolicy"])
    assert policy == {"type": ["booking.created"], "student_id": [STUDENT]}


async def test_an_address_that_sns_does_not_take_is_refused(
    subscriptions: SNSSubscriptions,
) -> None:
    refusing = await with_answer(subscriptions, "subscribe", "InvalidParameter")

    with pytest.raises(AddressRefused) as refusal:
        await refusing.subscribe(OWN)
    assert "@" not in str(refusal.value)


async def test_what_is_pending_may_not_be_ended(subscriptions: SNSSubscriptions) -> None:
    made = await subscriptions.subscribe(OWN)

    refusing = await with_answer(subscriptions, "unsubscribe", "InvalidParameter")

    with pytest.raises(NotConfirmedYet):
        await refusing.unsubscribe(made.id)


async def test_a_place_in_a_list_that_sns_has_forgotten_is_no_cursor(
    subscriptions: SNSSubscriptions,
) -> None:
    forgetful = await with_answer(subscriptions, "list_subscriptions_by_topic", "InvalidParameter")

    with pytest.raises(InvalidCursor):
        await forgetful.page(email=None, after='[0,"old",0]', limit=50)


async def test_what_is_pending_has_no_name_in_a_list(subscriptions: SNSSubscriptions) -> None:
    def listed(request: Any) -> Any:
        row = {"SubscriptionArn": "PendingConfirmation", "Endpoint": OWN.email}
        return {"Subscriptions": [row]}

    listing = await with_answer(subscriptions, "list_subscriptions_by_topic", listed)
    page = await listing.page(email=None, after=None, limit=50)

    assert (page.rows, page.after) == ([], None)


async def test_a_page_looks_at_a_bounded_part_of_a_long_list(
    subscriptions: SNSSubscriptions,
) -> None:
    asked: list[str] = []

    def endless(request: Any) -> Any:
        asked.append(request["NextToken"])
        rows = [{"SubscriptionArn": "arn:x:1", "Endpoint": "other@people.example"}] * 100
        return {"Subscriptions": rows, "NextToken": str(len(asked))}

    listing = await with_answer(subscriptions, "list_subscriptions_by_topic", endless)
    page = await listing.page(email=OWN.email, after=None, limit=50)

    assert len(asked) == MOST_LOOKED_AT
    assert page.rows == []
    assert page.after == '[0,"10",0]'


async def test_sns_that_is_away_says_so_soon(aws_credentials: None) -> None:
    arns = {Audience.SUBSCRIBERS: "arn:aws:sns:eu-west-1:123456789012:events-subscribers"}
    async with AwsClients(aws_settings()) as clients:
        for topics in (at_hand(arns), Topics(clients.sns, "events")):
            subscriptions = SNSSubscriptions(clients.sns, topics)
            for call in (
                subscriptions.subscribe(OWN),
                subscriptions.find("subscription_00000000000000000000000000"),
                subscriptions.page(email=None, after=None, limit=1),
                subscriptions.unsubscribe("subscription_00000000000000000000000000"),
            ):
                with pytest.raises(SubscriptionsUnavailable):
                    await asyncio.wait_for(call, SOON)


async def test_a_topic_that_was_not_made_is_no_missing_subscription(
    subscriptions: SNSSubscriptions,
) -> None:
    topics = dict.fromkeys(Audience, "arn:aws:sns:eu-west-1:123456789012:never-made")

    with pytest.raises(SubscriptionsUnavailable):
        await SNSSubscriptions(subscriptions.client, at_hand(topics)).subscribe(OWN)


async def test_the_topics_are_asked_for_once_they_answer(moto: str, aws_credentials: None) -> None:
    """What could not be asked for is not taken for known."""
    prefix = unique("events")
    async with (
        AwsClients(aws_settings()) as away,
        AwsClients(aws_settings(others=moto)) as clients,
    ):
        reached = [away, clients]
        topics = Topics(lambda: reached.pop(0).sns(), prefix)
        with pytest.raises(EndpointConnectionError):
            await topics()
        assert await topics() == await create_topics(await clients.sns(), prefix)
        assert await topics() is await topics()
