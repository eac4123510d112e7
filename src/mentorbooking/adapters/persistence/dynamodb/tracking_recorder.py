"""The library's recorder for how far a follower has come; it only ever advances."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from eventsourcing.persistence import ProcessRecorder, StoredEvent, Tracking, TrackingRecorder

from mentorbooking.adapters.persistence.dynamodb.application_recorder import (
    DynamoDBApplicationRecorder,
)
from mentorbooking.adapters.persistence.dynamodb_log.items import (
    TransactItem,
    number,
    tracking_key,
)
from mentorbooking.adapters.persistence.dynamodb_log.sync_log import DynamoDBLogSync
from mentorbooking.adapters.persistence.library_terms import OriginatorIds, library_errors

_LANE = 0
"""Where the order of all lanes is."""


def tracking_put(tracking: Tracking) -> TransactItem:
    """Return what records it; its condition fails if it doesn't advance."""
    return {
        "Put": {
            "Item": {
                **tracking_key(tracking.application_name, _LANE),
                "p": number(tracking.notification_id),
            },
            "ConditionExpression": "attribute_not_exists(pk) OR p < :p",
            "ExpressionAttributeValues": {":p": number(tracking.notification_id)},
        }
    }


class DynamoDBTrackingRecorder(TrackingRecorder):
    """Subclasses keep a view by ``log.write(…, tracking_put(tracking))``."""

    def __init__(self, log: DynamoDBLogSync, ids: OriginatorIds) -> None:
        self.log = log
        self._ids = ids

    def insert_tracking(self, tracking: Tracking) -> None:
        with library_errors():
            self.log.write(tracking_put(tracking))

    def max_tracking_id(self, application_name: str) -> int | None:
        where = tracking_key(application_name, _LANE)
        with library_errors():
            item = self.log.get(where["pk"]["S"], int(where["sk"]["N"]))
        return int(item["p"]["N"]) if item else None


class DynamoDBProcessRecorder(
    DynamoDBTrackingRecorder, DynamoDBApplicationRecorder, ProcessRecorder
):
    """Appends events and records what they were decided on, in one transaction."""

    def __init__(self, log: DynamoDBLogSync, ids: OriginatorIds) -> None:
        DynamoDBApplicationRecorder.__init__(self, log, ids)

    def insert_events(
        self, stored_events: Sequence[StoredEvent], **kwargs: Any
    ) -> Sequence[int] | None:
        tracking: Tracking | None = kwargs.get("tracking")
        if tracking is None:
            return self._append(stored_events)
        return self._append(stored_events, tracking_put(tracking))
