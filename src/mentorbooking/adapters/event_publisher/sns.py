"""Public events to SNS, to one topic for each audience.

The message is the CloudEvent in structured JSON; subscribers by e-mail get plain words. What a
subscription's filter policy may look at stands beside it in attributes: ``type``, ``subject``
and, for an event about a session, ``mentor_id`` and ``student_id``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from mentorbooking.adapters.aws.clients import WhenNeeded
from mentorbooking.adapters.aws.failures import CALL_FAILED, failure_code
from mentorbooking.adapters.event_publisher.batches import send_in_batches
from mentorbooking.application.integration_events.audiences import (
    AUDIENCES,
    Audience,
    FindParticipants,
    Participants,
)
from mentorbooking.application.integration_events.events import IntegrationEvent
from mentorbooking.application.notifications.topic_letters import topic_letter
from mentorbooking.application.ports.event_publisher import (
    EventPublisher,
    NotSent,
    PublisherUnavailable,
)
from mentorbooking.application.ports.unavailable import StoreUnavailable
from mentorbooking.application.trying_again.fault_notes import fault_note

if TYPE_CHECKING:
    from types_aiobotocore_sns import SNSClient
    from types_aiobotocore_sns.type_defs import (
        MessageAttributeValueTypeDef,
        PublishBatchRequestEntryTypeDef,
    )

    Attributes = Mapping[str, MessageAttributeValueTypeDef]


@dataclass(frozen=True, slots=True)
class SNSEventPublisher(EventPublisher):
    """``topics`` tells the ARNs of standard topics: see ``aws.topics``."""

    client: SNSClient
    topics: WhenNeeded[Mapping[Audience, str]]
    participants: FindParticipants

    async def publish(self, events: Sequence[IntegrationEvent]) -> Sequence[NotSent]:
        failed: dict[str, NotSent] = {}
        attributes: dict[str, Attributes] = {}
        for event in events:
            try:
                attributes[event.id] = _attributes(event, await self.participants(event))
            except StoreUnavailable as error:
                raise PublisherUnavailable(str(error)) from error
            except Exception as error:  # noqa: BLE001  one strange event stops no other
                failed[event.id] = NotSent(event.id, fault_note(error))
        with _calling():
            topics = await self.topics()
        for audience, topic in topics.items():
            heard = [e for e in events if e.id in attributes and audience in AUDIENCES[e.type]]
            failed |= await send_in_batches(heard, _Topic(self.client, topic, attributes))
        return tuple(failed.values())


@dataclass(frozen=True, slots=True)
class _Topic:
    client: SNSClient
    arn: str
    attributes: Mapping[str, Attributes]

    async def __call__(self, batch: Sequence[IntegrationEvent]) -> list[NotSent]:
        with _calling():
            answer = await self.client.publish_batch(
                TopicArn=self.arn,
                PublishBatchRequestEntries=[
                    _entry(str(number), event, self.attributes[event.id])
                    for number, event in enumerate(batch)
                ],
            )
        return [
            NotSent(batch[int(entry["Id"])].id, f"SNS: {entry['Code']}")
            for entry in answer.get("Failed", ())
        ]


@contextmanager
def _calling() -> Iterator[None]:
    try:
        yield
    except CALL_FAILED as error:
        raise PublisherUnavailable(f"SNS: {failure_code(error)}") from error


def _entry(
    entry_id: str, event: IntegrationEvent, attributes: Attributes
) -> PublishBatchRequestEntryTypeDef:
    """Say it for each protocol; the subject is seen in e-mails only."""
    letter = topic_letter(event)
    by_protocol = {"default": event.to_json().decode(), "email": letter.text}
    return {
        "Id": entry_id,
        "Subject": letter.subject,
        "Message": msgspec.json.encode(by_protocol).decode(),
        "MessageStructure": "json",
        "MessageAttributes": attributes,
    }


def _attributes(event: IntegrationEvent, participants: Participants | None) -> Attributes:
    told = {"type": event.type, "subject": event.subject}
    if participants is not None:
        told |= {"mentor_id": participants.mentor_id, "student_id": participants.student_id}
    return {name: {"DataType": "String", "StringValue": value} for name, value in told.items()}
