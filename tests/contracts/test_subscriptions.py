"""What every Subscriptions promises. Add an adapter: add it to the fixture."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from msgspec.structs import replace

from mentorbooking.adapters.aws.clients import AwsClients
from mentorbooking.adapters.aws.topics import Topics
from mentorbooking.adapters.subscriptions.sns import SNSSubscriptions
from mentorbooking.application.ports.subscriptions import Subscriptions, Wish
from tests.support.at_hand import at_hand
from tests.support.aws_servers import aws_settings, unique
from tests.support.fixed import MENTOR, STUDENT
from tests.support.sns_like_aws import SnsLikeAws

pytestmark = pytest.mark.anyio

WISH = Wish(
    email="sam@people.example", events=("booking.created", "booking.cancelled"), student_id=STUDENT
)
EVERYTHING = Wish(email="ops@people.example", events=("mentors.imported",))


@pytest.fixture(params=["sns"])
async def subscriptions(anyio_backend: str, moto_endpoint: str) -> AsyncIterator[Subscriptions]:
    async with AwsClients(aws_settings(others=moto_endpoint)) as clients:
        like_aws: Any = SnsLikeAws(await clients.sns())
        yield SNSSubscriptions(at_hand(like_aws), Topics(clients.sns, unique("events")))


@pytest.mark.parametrize(
    "wish", [WISH, EVERYTHING, Wish(email="m@people.example", events=("x",), mentor_id=MENTOR)]
)
async def test_a_subscription_is_found_as_it_was_wished_for(
    subscriptions: Subscriptions, wish: Wish
) -> None:
    made = await subscriptions.subscribe(wish)

    assert made.wish == wish
    assert made.id.startswith("subscription_")
    assert await subscriptions.find(made.id) == made


async def test_subscribing_again_is_the_same_subscription(subscriptions: Subscriptions) -> None:
    assert await subscriptions.subscribe(WISH) == await subscriptions.subscribe(WISH)


async def test_other_events_take_the_place_of_the_first(subscriptions: Subscriptions) -> None:
    first = await subscriptions.subscribe(WISH)
    second = await subscriptions.subscribe(replace(WISH, events=("booking.cancelled",)))

    assert second.id == first.id
    assert second.wish.events == ("booking.cancelled",)
    assert await subscriptions.find(first.id) == second


async def test_own_sessions_and_everybodys_are_two_subscriptions(
    subscriptions: Subscriptions,
) -> None:
    own = await subscriptions.subscribe(WISH)
    all_ = await subscriptions.subscribe(replace(WISH, student_id=None))

    assert own.id != all_.id
    await subscriptions.unsubscribe(own.id)
    assert await subscriptions.find(own.id) is None
    assert await subscriptions.find(all_.id) == all_


async def test_unsubscribing_is_harmless_when_repeated(subscriptions: Subscriptions) -> None:
    made = await subscriptions.subscribe(WISH)
    await subscriptions.unsubscribe(made.id)
    await subscriptions.unsubscribe(made.id)

    assert await subscriptions.find(made.id) is None


@pytest.mark.parametrize(
    "unknown",
    ["", "subscription_", "subscription_00000000000000000000000000", "booking_1", "arn:aws:sns:x"],
)
async def test_what_is_no_subscription_is_not_found(
    subscriptions: Subscriptions, unknown: str
) -> None:
    assert await subscriptions.find(unknown) is None
    await subscriptions.unsubscribe(unknown)


async def test_pages_hold_everything_once(subscriptions: Subscriptions) -> None:
    made = {
        (await subscriptions.subscribe(replace(each, email=f"{number}@people.example"))).id
        for number in range(5)
        for each in (WISH, EVERYTHING)
    }

    found: list[str] = []
    after: str | None = None
    while True:
        page = await subscriptions.page(email=None, after=after, limit=3)
        assert len(page.rows) <= 3
        found += [row.id for row in page.rows]
        after = page.after
        if after is None:
            break

    assert sorted(found) == sorted(made)


async def test_a_list_can_be_that_of_one_address(subscriptions: Subscriptions) -> None:
    own = await subscriptions.subscribe(WISH)
    await subscriptions.subscribe(EVERYTHING)

    page = await subscriptions.page(email="SAM@people.example", after=None, limit=50)

    assert page.rows == [own]
    assert page.after is None
