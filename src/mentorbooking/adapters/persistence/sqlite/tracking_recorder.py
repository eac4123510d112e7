"""The library's recorder for how far a follower has come; it only ever advances."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from eventsourcing.persistence import ProcessRecorder, StoredEvent, Tracking, TrackingRecorder

from mentorbooking.adapters.persistence.library_terms import OriginatorIds, library_errors
from mentorbooking.adapters.persistence.requests import Statement
from mentorbooking.adapters.persistence.sqlite.application_recorder import (
    SQLiteApplicationRecorder,
)
from mentorbooking.adapters.persistence.sqlite_log.log import SQLiteLog

_TRACK = """
INSERT INTO tracking (name, position) VALUES (?, ?)
ON CONFLICT (name) DO UPDATE SET position = excluded.position"""


def tracking_statement(tracking: Tracking) -> Statement:
    """Return what records it; violates a constraint of the table if it doesn't advance."""
    return _TRACK, (tracking.application_name, tracking.notification_id)


class SQLiteTrackingRecorder(TrackingRecorder):
    """Subclasses keep a view by ``log.write_sync(…, tracking_statement(tracking))``."""

    def __init__(self, log: SQLiteLog, ids: OriginatorIds) -> None:
        self.log = log
        self._ids = ids

    def insert_tracking(self, tracking: Tracking) -> None:
        with library_errors():
            self.log.write_sync(tracking_statement(tracking))

    def max_tracking_id(self, application_name: str) -> int | None:
        with library_errors():
            rows = self.log.query(
                "SELECT position FROM tracking WHERE name = ?", (application_name,)
            )
        return rows[0][0] if rows else None


class SQLiteProcessRecorder(SQLiteTrackingRecorder, SQLiteApplicationRecorder, ProcessRecorder):
    """Appends events and records what they were decided on, in one transaction."""

    def __init__(self, log: SQLiteLog, ids: OriginatorIds) -> None:
        SQLiteApplicationRecorder.__init__(self, log, ids)

    def insert_events(
        self, stored_events: Sequence[StoredEvent], **kwargs: Any
    ) -> Sequence[int] | None:
        tracking: Tracking | None = kwargs.get("tracking")
        if tracking is None:
            return self._append(stored_events)
        return self._append(stored_events, tracking_statement(tracking))
