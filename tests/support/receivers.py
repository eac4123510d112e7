"""The other end of each event publisher: what has arrived there, and what it refuses to take."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self

import msgspec

from mentorbooking.adapters.aws.topology import create_notifications_queue, create_topics
from mentorbooking.adapters.event_publisher.in_process import InProcessEventPublisher
from mentorbooking.adapters.event_publisher.several import SeveralPublishers
from mentorbooking.adapters.event_publisher.sns import SNSEventPublisher
from mentorbooking.adapters.event_publisher.sqs import SQSEventPublisher
from mentorbooking.application.integration_events.audiences import Audience, Participants
from mentorbooking.application.integration_events.events import IntegrationEvent
from mentorbooking.application.ports.event_publisher import EventPublisher
from tests.support.at_hand import at_hand
from tests.support.aws_servers import unique
from tests.support.fixed import MENTOR, STUDENT
from tests.support.moving_clock import MovingClock
from tests.support.work_file import open_work_file

if TYPE_CHECKING:
    from types_aiobotocore_sns import SNSClient
    from types_aiobotocore_sqs import SQSClient

WORDS = "ada@example.org is not there"
"""What a receiver says when it refuses."""


class Receiver(Protocol):
    """``reason`` names what its refusals are told by."""

    publisher: EventPublisher
    reason: str

    def refuse(self, *events: IntegrationEvent) -> None:
        """Refuse these from now on, and no others."""

    async def arrived(self) -> list[Any]:
        """Return what has arrived, by event id, each as often as it did; then forget it."""


class InProcess(Receiver):
    reason = "ConnectionError"

    def __init__(self, folder: Path) -> None:
        self._database = open_work_file(folder)
        self._got: list[IntegrationEvent] = []
        self._refused: set[str] = set()
        self.publisher = InProcessEventPublisher(
            self._database, MovingClock(), {"receiver": self._take}
        )

    def refuse(self, *events: IntegrationEvent) -> None:
        self._refused = {event.id for event in events}

    async def arrived(self) -> list[Any]:
        got, self._got = self._got, []
        return by_id([msgspec.json.decode(event.to_json()) for event in got])

    def close(self) -> None:
        self._database.close()

    def _take(self, connection: sqlite3.Connection, event: IntegrationEvent) -> None:
        if event.id in self._refused:
            raise ConnectionError(WORDS)
        self._got.append(event)


class Refusing:
    """A client that sends batches without the events that are refused, and says that they failed.

    It stands between the publisher and the real client: a server refuses no single entry of a
    batch when it is told to.
    """

    def __init__(self, client: Any, *, call: str, entries: str) -> None:
        self._client = client
        self._call, self._entries = call, entries
        self.refused: set[str] = set()
        self.batches: list[int] = []

    def __getattr__(self, name: str) -> Any:
        return self._send if name == self._call else getattr(self._client, name)

    async def _send(self, **request: Any) -> Any:
        entries: Sequence[Mapping[str, Any]] = request[self._entries]
        self.batches.append(len(entries))
        refused = [entry for entry in entries if event_id(entry) in self.refused]
        failed = [
            {"Id": entry["Id"], "Code": "InternalError", "SenderFault": False, "Message": WORDS}
            for entry in refused
        ]
        left = [entry for entry in entries if entry not in refused]
        if not left:
            return {"Successful": [], "Failed": failed}
        answer = await getattr(self._client, self._call)(**{**request, self._entries: left})
        return {**answer, "Failed": [*answer.get("Failed", ()), *failed]}


class BySqs(Receiver):
    reason = "InternalError"

    def __init__(self, client: SQSClient, queue_url: str) -> None:
        self._queue = QueueReader(client, queue_url)
        self.refusing = Refusing(client, call="send_message_batch", entries="Entries")
        self.publisher = SQSEventPublisher(self.refusing, at_hand(queue_url))  # type: ignore[arg-type]

    @classmethod
    async def made(cls, client: SQSClient) -> Self:
        queue = await create_notifications_queue(client, unique("events"))
        return cls(client, queue.url)

    def refuse(self, *events: IntegrationEvent) -> None:
        self.refusing.refused = {event.id for event in events}

    async def arrived(self) -> list[Any]:
        return by_id([msgspec.json.decode(body) for body in await self._queue.take_all()])

    async def in_order(self) -> list[str]:
        """Return the ids of what has arrived as it came."""
        return [msgspec.json.decode(body)["id"] for body in await self._queue.take_all()]


class BySns(Receiver):
    """Hears the topic of the subscribers through a queue."""

    reason = "InternalError"

    def __init__(
        self, sns: SNSClient, sqs: SQSClient, topics: Mapping[Audience, str], queue_url: str
    ) -> None:
        self._queue = QueueReader(sqs, queue_url)
        self.topics = topics
        self.refusing = Refusing(sns, call="publish_batch", entries="PublishBatchRequestEntries")
        self.publisher = SNSEventPublisher(self.refusing, at_hand(topics), session_of)  # type: ignore[arg-type]

    @classmethod
    async def made(cls, sns: SNSClient, sqs: SQSClient) -> Self:
        topics = await create_topics(sns, unique("events"))
        url = await subscribed_queue(sns, sqs, topics[Audience.SUBSCRIBERS])
        return cls(sns, sqs, topics, url)

    def refuse(self, *events: IntegrationEvent) -> None:
        self.refusing.refused = {event.id for event in events}

    async def arrived(self) -> list[Any]:
        return by_id([msgspec.json.decode(body) for body in await self._queue.take_all()])


class BySeveral(Receiver):
    """What all of them have heard, which has to be the same."""

    reason = "InternalError"

    def __init__(self, receivers: Sequence[Receiver]) -> None:
        self._receivers = receivers
        self.publisher = SeveralPublishers([each.publisher for each in receivers])

    def refuse(self, *events: IntegrationEvent) -> None:
        for each in self._receivers:
            each.refuse(*events)

    async def arrived(self) -> list[Any]:
        first, *others = [await each.arrived() for each in self._receivers]
        assert all(other == first for other in others)
        return first


class QueueReader:
    """Takes messages out of a queue until it is empty."""

    def __init__(self, client: SQSClient, queue_url: str) -> None:
        self._client, self._queue_url = client, queue_url

    async def take_all(self) -> list[str]:
        bodies: list[str] = []
        while True:
            answer = await self._client.receive_message(
                QueueUrl=self._queue_url, MaxNumberOfMessages=10
            )
            messages = answer.get("Messages", [])
            if not messages:
                return bodies
            for message in messages:
                bodies.append(message["Body"])
                await self._client.delete_message(
                    QueueUrl=self._queue_url, ReceiptHandle=message["ReceiptHandle"]
                )


async def session_of(event: IntegrationEvent) -> Participants | None:
    """Every session of these tests is that of the same two."""
    return Participants(MENTOR, STUDENT) if event.type.startswith("booking.") else None


async def subscribed_queue(
    sns: SNSClient, sqs: SQSClient, topic: str, *, policy: Mapping[str, Any] | None = None
) -> str:
    """Make a queue that gets a topic's messages as they were published; return its URL."""
    url = (await sqs.create_queue(QueueName=unique("heard")))["QueueUrl"]
    found = await sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    attributes = {"RawMessageDelivery": "true"}
    if policy is not None:
        attributes["FilterPolicy"] = msgspec.json.encode(policy).decode()
    await sns.subscribe(
        TopicArn=topic,
        Protocol="sqs",
        Endpoint=found["Attributes"]["QueueArn"],
        Attributes=attributes,
    )
    return url


def event_id(entry: Mapping[str, Any]) -> Any:
    """Return the id of the event in an entry of a batch."""
    body = entry.get("MessageBody") or msgspec.json.decode(entry["Message"])["default"]
    return msgspec.json.decode(body)["id"]


def by_id(events: list[Any]) -> list[Any]:
    return sorted(events, key=lambda event: str(event["id"]))
