"""Public events into an SQS FIFO queue, in order for each subject.

The subject is the message group, the event's id the deduplication id: SQS drops what is sent
again within five minutes, and the receiver's inbox what is sent again later. The body is the
CloudEvent in structured JSON.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mentorbooking.adapters.aws.clients import WhenNeeded
from mentorbooking.adapters.aws.failures import CALL_FAILED, failure_code
from mentorbooking.adapters.event_publisher.batches import send_in_batches
from mentorbooking.application.integration_events.events import IntegrationEvent
from mentorbooking.application.ports.event_publisher import (
    EventPublisher,
    NotSent,
    PublisherUnavailable,
)

if TYPE_CHECKING:
    from types_aiobotocore_sqs import SQSClient


@dataclass(frozen=True, slots=True)
class SQSEventPublisher(EventPublisher):
    """``queue_url`` tells that of a FIFO queue: see ``topology.create_notifications_queue``."""

    client: SQSClient
    queue_url: WhenNeeded[str]

    async def publish(self, events: Sequence[IntegrationEvent]) -> Sequence[NotSent]:
        return tuple((await send_in_batches(events, self._send)).values())

    async def _send(self, batch: Sequence[IntegrationEvent]) -> list[NotSent]:
        try:
            answer = await self.client.send_message_batch(
                QueueUrl=await self.queue_url(),
                Entries=[
                    {
                        "Id": str(number),
                        "MessageBody": event.to_json().decode(),
                        "MessageGroupId": event.subject,
                        "MessageDeduplicationId": event.id,
                    }
                    for number, event in enumerate(batch)
                ],
            )
        except CALL_FAILED as error:
            raise PublisherUnavailable(f"SQS: {failure_code(error)}") from error
        return [
            NotSent(batch[int(entry["Id"])].id, f"SQS: {entry['Code']}")
            for entry in answer.get("Failed", ())
        ]
