"""What is the brokers' own: order and groups in the queue, audiences and filters of the topics."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import msgspec
import pytest
from botocore.exceptions import EndpointConnectionError

from mentorbooking.adapters.aws.asked_once import AskedOnce
from mentorbooking.adapters.aws.clients import AwsClients
from mentorbooking.adapters.aws.topics import Topics
from mentorbooking.adapters.aws.topology import (
    create_notifications_queue,
    create_topics,
    find_notifications_queue,
)
from mentorbooking.adapters.event_publisher.several import SeveralPublishers
from mentorbooking.adapters.event_publisher.sns import SNSEventPublisher
from mentorbooking.adapters.event_publisher.sqs import SQSEventPublisher
from mentorbooking.application.integration_events.audiences import Audience
from mentorbooking.application.integration_events.events import IntegrationEvent, integration_event
from mentorbooking.application.ports.event_publisher import (
    EventPublisher,
    NotSent,
    PublisherUnavailable,
)
from mentorbooking.application.ports.unavailable import StoreUnavailable
from mentorbooking.domain.bookings_export.events import BookingsExported
from mentorbooking.domain.kernel.errors import NotFound
from tests.support.at_hand import at_hand
from tests.support.aws_servers import aws_settings, unique
from tests.support.failing_client import FailingClient
from tests.support.fixed import MENTOR, NOW, STUDENT
from tests.support.patience import SOON
from tests.support.public_events import SOURCE, cancelled, created, public, recorded
from tests.support.receivers import BySns, BySqs, QueueReader, session_of, subscribed_queue

pytestmark = pytest.mark.anyio


@pytest.fixture
async def clients(anyio_backend: str, moto_endpoint: str) -> AsyncIterator[AwsClients]:
    async with AwsClients(aws_settings(others=moto_endpoint)) as clients:
        yield clients


def of_booking(number: int, position: int) -> IntegrationEvent:
    """Return one of several events of the same booking."""
    event = created() if position == 1 else cancelled()
    fact = recorded(f"booking_{number}", event, position=100 * number + position)
    return integration_event(fact, source=SOURCE)


def exported() -> IntegrationEvent:
    fact = BookingsExported(
        at=NOW,
        requested_by="user_1",
        object_key="booking-exports/x/bookings.csv",
        record_count=3,
        sha256="0" * 64,
        as_of_position=7,
    )
    return integration_event(recorded("export_1", fact), source=SOURCE)


# -- the queue -------------------------------------------------------------------


async def test_events_of_a_subject_arrive_in_order(clients: AwsClients) -> None:
    receiver = await BySqs.made(await clients.sqs())
    events = [of_booking(1, position) for position in range(1, 13)]

    assert not await receiver.publisher.publish(events)
    assert await receiver.in_order() == [event.id for event in events]


async def test_what_stands_behind_a_failure_is_not_sent(clients: AwsClients) -> None:
    receiver = await BySqs.made(await clients.sqs())
    first, second, third = (of_booking(1, position) for position in (1, 2, 3))
    other = of_booking(2, 1)
    receiver.refuse(second)

    failed = await receiver.publisher.publish([first, second, third, other])

    assert [each.event_id for each in failed] == [second.id, third.id]
    assert set(await receiver.in_order()) == {first.id, other.id}


async def test_ten_at_most_are_sent_at_once(clients: AwsClients) -> None:
    receiver = await BySqs.made(await clients.sqs())

    await receiver.publisher.publish([public(number) for number in range(1, 24)])

    assert receiver.refusing.batches == [10, 10, 3]


async def test_what_is_sent_again_soon_is_dropped_by_the_queue(clients: AwsClients) -> None:
    receiver = await BySqs.made(await clients.sqs())

    for _ in range(2):
        assert not await receiver.publisher.publish([public(1)])

    assert await receiver.in_order() == [public(1).id]


async def test_the_subject_is_the_group_and_the_body_the_event(clients: AwsClients) -> None:
    client = await clients.sqs()
    queue = await create_notifications_queue(client, unique("events"))
    await SQSEventPublisher(client, at_hand(queue.url)).publish([public(1)])

    answer = await client.receive_message(
        QueueUrl=queue.url, MessageSystemAttributeNames=["MessageGroupId", "MessageDeduplicationId"]
    )

    (message,) = answer["Messages"]
    assert message["Body"].encode() == public(1).to_json()
    told = message["Attributes"]
    assert told["MessageGroupId"] == public(1).subject
    assert told["MessageDeduplicationId"] == public(1).id


# -- the topics ------------------------------------------------------------------


async def test_admins_hear_everything_and_subscribers_of_sessions_only(
    clients: AwsClients,
) -> None:
    sns, sqs = await clients.sns(), await clients.sqs()
    receiver = await BySns.made(sns, sqs)
    admins = QueueReader(sqs, await subscribed_queue(sns, sqs, receiver.topics[Audience.ADMINS]))

    assert not await receiver.publisher.publish([public(1), exported()])

    heard = {msgspec.json.decode(body)["type"] for body in await admins.take_all()}
    assert heard == {"booking.created", "bookings.exported"}
    assert [event["type"] for event in await receiver.arrived()] == ["booking.created"]


@pytest.mark.parametrize(
    ("policy", "heard"),
    [
        ({"student_id": [STUDENT]}, ["booking.created", "booking.cancelled"]),
        ({"mentor_id": [MENTOR], "type": ["booking.cancelled"]}, ["booking.cancelled"]),
        ({"subject": ["booking_1"]}, ["booking.created", "booking.cancelled"]),
        ({"student_id": ["student_other"]}, []),
    ],
)
async def test_filters_see_type_subject_and_who_takes_part(
    clients: AwsClients, policy: dict[str, list[str]], heard: list[str]
) -> None:
    sns, sqs = await clients.sns(), await clients.sqs()
    topics = await create_topics(sns, unique("events"))
    url = await subscribed_queue(sns, sqs, topics[Audience.SUBSCRIBERS], policy=policy)

    await SNSEventPublisher(sns, at_hand(topics), session_of).publish(
        [of_booking(1, 1), of_booking(1, 2)]
    )

    bodies = await QueueReader(sqs, url).take_all()
    assert [msgspec.json.decode(body)["type"] for body in bodies] == heard


async def test_an_event_whose_session_is_not_found_is_told_and_stops_no_other(
    clients: AwsClients,
) -> None:
    receiver = await BySns.made(await clients.sns(), await clients.sqs())

    async def find(event: IntegrationEvent) -> None:
        if event.id == public(1).id:
            raise NotFound("There is no such booking of ada@example.org.")

    publisher = SNSEventPublisher(await clients.sns(), at_hand(receiver.topics), find)
    (not_sent,) = await publisher.publish([public(1), public(2)])

    assert not_sent.event_id == public(1).id
    assert "ada@" not in not_sent.error
    assert [event["id"] for event in await receiver.arrived()] == [public(2).id]


async def test_a_store_that_is_away_makes_the_publisher_wait(clients: AwsClients) -> None:
    async def find(event: IntegrationEvent) -> None:
        raise StoreUnavailable("away")

    topics = await create_topics(await clients.sns(), unique("events"))
    with pytest.raises(PublisherUnavailable):
        await SNSEventPublisher(await clients.sns(), at_hand(topics), find).publish([public(1)])


# -- several ---------------------------------------------------------------------


@dataclass
class Scripted(EventPublisher):
    """Fails for those ids, or for all."""

    refuses: tuple[str, ...] = ()
    away: bool = False
    asked: list[str] = field(default_factory=list)

    async def publish(self, events: Sequence[IntegrationEvent]) -> Sequence[NotSent]:
        if self.away:
            raise PublisherUnavailable("away")
        self.asked += [event.id for event in events]
        return [NotSent(event.id, "no") for event in events if event.id in self.refuses]


async def test_an_event_is_sent_once_all_have_sent_it() -> None:
    both = SeveralPublishers([Scripted(("event_1", "event_2")), Scripted(("event_2", "event_3"))])

    failed = await both.publish([public(number) for number in (1, 2, 3, 4)])

    assert [each.event_id for each in failed] == ["event_1", "event_2", "event_3"]


async def test_those_behind_one_that_is_away_are_not_asked() -> None:
    behind = Scripted()

    with pytest.raises(PublisherUnavailable):
        await SeveralPublishers([Scripted(away=True), behind]).publish([public(1)])

    assert behind.asked == []


# -- making them, and bad days ---------------------------------------------------


async def test_queues_and_topics_are_made_again_without_harm(clients: AwsClients) -> None:
    sqs, sns, prefix = await clients.sqs(), await clients.sns(), unique("events")
    queue, topics = await create_notifications_queue(sqs, prefix), await create_topics(sns, prefix)
    await SQSEventPublisher(sqs, at_hand(queue.url)).publish([public(1)])

    assert await create_notifications_queue(sqs, prefix) == queue
    assert await create_topics(sns, prefix) == topics
    assert await find_notifications_queue(sqs, prefix) == queue.url
    assert queue.url.endswith(f"/{prefix}-notifications.fifo")
    assert [arn.rpartition(":")[2] for arn in topics.values()] == [
        f"{prefix}-admins",
        f"{prefix}-subscribers",
    ]
    assert len(await QueueReader(sqs, queue.url).take_all()) == 1


async def test_what_is_received_too_often_goes_to_the_dead_letters(clients: AwsClients) -> None:
    client = await clients.sqs()
    queue = await create_notifications_queue(client, unique("events"))
    await SQSEventPublisher(client, at_hand(queue.url)).publish([public(1)])

    for _ in range(6):
        answer = await client.receive_message(QueueUrl=queue.url)
        for message in answer.get("Messages", []):
            await client.change_message_visibility(
                QueueUrl=queue.url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
            )

    (body,) = await QueueReader(client, queue.dead_letter_url).take_all()
    assert body.encode() == public(1).to_json()


async def test_brokers_that_are_away_say_so_soon(aws_credentials: None) -> None:
    async with AwsClients(aws_settings()) as clients:
        topics = {Audience.ADMINS: "arn:aws:sns:eu-west-1:123456789012:events-admins"}
        for publisher in (
            SQSEventPublisher(await clients.sqs(), at_hand("http://127.0.0.1:9/1/events.fifo")),
            SNSEventPublisher(await clients.sns(), at_hand(topics), session_of),
        ):
            with pytest.raises(PublisherUnavailable, match="EndpointConnectionError"):
                await asyncio.wait_for(publisher.publish([public(1)]), SOON)


@pytest.mark.parametrize(("broker", "asking"), [("SQS", "get_queue_url"), ("SNS", "create_topic")])
async def test_where_to_publish_is_asked_anew_until_it_is_told_and_then_known(
    clients: AwsClients, broker: str, asking: str
) -> None:
    prefix = unique("events")
    await create_notifications_queue(await clients.sqs(), prefix)
    client: Any = FailingClient(await (clients.sqs() if broker == "SQS" else clients.sns()))
    client.fail_next(asking, EndpointConnectionError(endpoint_url="http://broker.test"))
    publisher = (
        SQSEventPublisher(client, AskedOnce(partial(find_notifications_queue, client, prefix)))
        if broker == "SQS"
        else SNSEventPublisher(client, Topics(at_hand(client), prefix), session_of)
    )

    with pytest.raises(PublisherUnavailable, match=f"{broker}: EndpointConnectionError"):
        await publisher.publish([public(1)])
    assert not await publisher.publish([public(1)])
    asked = len(client.requests[asking])
    assert not await publisher.publish([public(2)])
    assert len(client.requests[asking]) == asked
