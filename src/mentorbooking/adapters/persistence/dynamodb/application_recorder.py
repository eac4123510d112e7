"""The library's recorder for an application's events: they go into the log itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from eventsourcing.persistence import (
    ApplicationRecorder,
    Notification,
    ProgrammingError,
    StoredEvent,
    Subscription,
)

from mentorbooking.adapters.persistence.dynamodb.items import TransactItem
from mentorbooking.adapters.persistence.dynamodb.subscription import PollingSubscription
from mentorbooking.adapters.persistence.dynamodb.sync_log import DynamoLogSync
from mentorbooking.adapters.persistence.library_terms import (
    OriginatorIds,
    append_request,
    library_errors,
    notification,
)

_BEFORE_ALL = -1
"""The library's originators may begin with version 0."""


class DynamoApplicationRecorder(ApplicationRecorder):
    """Notification ids are positions. Versions of an originator have no holes, unlike those
    that the library's own recorders take: they count from where the originator stands.

    A log of several lanes has as many sequences of positions, where the library knows of one:
    its notifications are then those of one lane, got from ``of_lane``.
    """

    def __init__(self, log: DynamoLogSync, ids: OriginatorIds, lane: int | None = None) -> None:
        """``lane`` may be left out where there is but one."""
        self.log = log
        self._ids = ids
        self._lane = 0 if lane is None and log.lanes == 1 else lane

    def of_lane(self, lane: int) -> DynamoApplicationRecorder:
        """Return a recorder whose notifications are those of a lane, from 0."""
        if not 0 <= lane < self.log.lanes:
            raise ProgrammingError(f"there is no lane {lane}; the log has {self.log.lanes}")
        return DynamoApplicationRecorder(self.log, self._ids, lane)

    def insert_events(
        self, stored_events: Sequence[StoredEvent], **kwargs: Any
    ) -> Sequence[int] | None:
        """Append all or none and return their positions, which are all of one lane."""
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
            events = self.log.read_log(
                max(after, 0), limit, topics or None, stop, lane=self._one_lane()
            )
        return [notification(event, self._ids) for event in events]

    def max_notification_id(self) -> int | None:
        with library_errors():
            return self.log.head(lane=self._one_lane()) or None

    def subscribe(
        self, gt: int | None = None, topics: Sequence[str] = ()
    ) -> Subscription[ApplicationRecorder]:
        """Return an iterator over events behind ``gt`` that waits for more."""
        self._one_lane()
        return PollingSubscription(self, gt, topics)

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
        return list(range(landed.first, landed.first + len(stored_events)))

    def _one_lane(self) -> int:
        if self._lane is None:
            raise ProgrammingError(f"the log has {self.log.lanes} lanes; choose one by of_lane")
        return self._lane
