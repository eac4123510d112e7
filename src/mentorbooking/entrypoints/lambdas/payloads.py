"""What wakes functions, as far as it is looked at.

https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import unquote_plus

import msgspec


class SqsRecord(msgspec.Struct, frozen=True, rename="camel"):
    """A message received."""

    message_id: str
    receipt_handle: str
    body: str
    attributes: dict[str, str]

    @property
    def received(self) -> int:
        """Count how often it was received, this time included."""
        return int(self.attributes["ApproximateReceiveCount"])

    @property
    def group(self) -> str | None:
        """Name what it keeps its order within; None outside of FIFO queues."""
        return self.attributes.get("MessageGroupId")


def sqs_records(event: Mapping[str, Any]) -> Sequence[SqsRecord]:
    """Return the messages of an event; none if it is of another kind."""
    return [msgspec.convert(each, SqsRecord) for each in _records(event, "aws:sqs")]


def created_objects(event: Mapping[str, Any]) -> Sequence[str]:
    """Return the keys of the objects that an event of S3 tells the making of.

    S3 tells keys as forms are encoded. Once a bucket is set up it sends a message without records,
    to try the way.
    """
    return [
        unquote_plus(each["s3"]["object"]["key"])
        for each in _records(event, "aws:s3")
        if each["eventName"].startswith("ObjectCreated:")
    ]


def and_those_behind(
    failed: Collection[SqsRecord], records: Sequence[SqsRecord]
) -> Sequence[SqsRecord]:
    """Return, in order, what failed and what stands behind it in its group, or order is lost."""
    stuck: set[str | None] = set()
    left = []
    for record in records:
        if record in failed or record.group in stuck:
            left.append(record)
            stuck.add(record.group)
    return left


def to_come_back(records: Iterable[SqsRecord]) -> dict[str, Any]:
    """Answer which messages are not done with: the rest is deleted."""
    return {"batchItemFailures": [{"itemIdentifier": each.message_id} for each in records]}


def _records(event: Mapping[str, Any], source: str) -> list[Mapping[str, Any]]:
    return [each for each in event.get("Records", ()) if each.get("eventSource") == source]
