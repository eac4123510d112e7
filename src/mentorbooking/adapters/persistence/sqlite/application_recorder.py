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

from mentorbooking.adapters.persistence.library_terms import (
    OriginatorIds,
    append_request,
    library_errors,
    notification,
)
from mentorbooking.adapters.persistence.requests import Statement
from mentorbooking.adapters.persistence.sqlite.aggregate_recorder import EventTable
from mentorbooking.adapters.persistence.sqlite.subscription import SQLiteSubscription
from mentorbooking.adapters.persistence.sqlite_log.log import SQLiteLog


class SQLiteApplicationRecorder(ApplicationRecorder):
    """Notification ids are positions. Versions of an originator have no holes, unlike those
    that the library's own recorders take: they count from where the originator stands.
    """

    def __init__(self, log: SQLiteLog, ids: OriginatorIds) -> None:
        self.log = log
        self._ids = ids
        self._table = EventTable("events", log, ids)

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
        return self._table.select(originator_id, gt=gt, lte=lte, desc=desc, limit=limit)

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
        return SQLiteSubscription(self, gt, topics)

    def _append(
        self, stored_events: Sequence[StoredEvent], *statements: Statement
    ) -> Sequence[int]:
        if not stored_events and not statements:
            return []
        request = append_request(stored_events, self._ids, *statements)
        with library_errors():
            appended = self.log.append_sync(request)
        return list(range(appended.first, appended.first + len(stored_events)))
