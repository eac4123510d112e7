"""The library's recorder for an application's events: they go into the log itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from eventsourcing.persistence import (
    ApplicationRecorder,
    Notification,
    StoredEvent,
    Subscription,
)

from mentorbooking.adapters.persistence.dynamodb.subscription import DynamoDBSubscription
from mentorbooking.adapters.persistence.dynamodb_log.items import TransactItem
from mentorbooking.adapters.persistence.dynamodb_log.sync_log import DynamoDBLogSync
from mentorbooking.adapters.persistence.library_terms import (
    OriginatorIds,
    append_request,
    library_errors,
    notification,
)

_BEFORE_ALL = -1
"""The library's originators may begin with version 0."""


class DynamoDBApplicationRecorder(ApplicationRecorder):
    """Notification ids are positions. Versions of an originator have no holes, unlike those
    that the library's own recorders take: they count from where the originator stands.
    """

    def __init__(self, log: DynamoDBLogSync, ids: OriginatorIds) -> None:
        self.log = log
        self._ids = ids

    def insert_events(
        self, stored_events: Sequence[StoredEvent], **kwargs: Any
    ) -> Sequence[int] | None:
        """Append all or none and return their positions."""
        del kwargs
        return self._append(stored_events)

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        """Read all behind ``gt``; the rest is left out afterwards."""
        with library_errors():
            events = self.log.read_stream(
                self._ids.stream(originator_id), _BEFORE_ALL if gt is None else gt
            )
        found = [
            StoredEvent(originator_id, event.version, event.topic, event.state)
            for event in events
            if lte is None or event.version <= lte
        ]
        if desc:
            found.reverse()
        return found[:limit]

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        after = 0 if start is None else start - inclusive_of_start
        with library_errors():
            events = self.log.read_log(max(after, 0), limit, topics or None, stop)
        return [notification(event, self._ids) for event in events]

    def max_notification_id(self) -> int | None:
        with library_errors():
            return self.log.head() or None

    def subscribe(
        self, gt: int | None = None, topics: Sequence[str] = ()
    ) -> Subscription[ApplicationRecorder]:
        """Return an iterator over events behind ``gt`` that waits for more."""
        return DynamoDBSubscription(self, gt, topics)

    def _append(
        self, stored_events: Sequence[StoredEvent], *alongside: TransactItem
    ) -> Sequence[int]:
        if not stored_events:
            with library_errors():
                self.log.write(*alongside)
            return []
        request = append_request(stored_events, self._ids)
        with library_errors():
            landed = self.log.append(request, alongside)
            first = landed.first
            if landed.lane:
                first = self.log.position_at((*(0,) * landed.lane, first))
        return list(range(first, first + len(stored_events)))
