"""The library's recorder for events that stand outside the log, such as its snapshots."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from eventsourcing.persistence import AggregateRecorder, StoredEvent

from mentorbooking.adapters.persistence.library_terms import OriginatorIds, library_errors
from mentorbooking.adapters.persistence.sqlite_log.log import SQLiteLog

_PURPOSE = re.compile(r"[a-z][a-z0-9_]*")


class EventTable:
    """A table with the columns stream, version, topic and state, by its name."""

    def __init__(self, name: str, log: SQLiteLog, ids: OriginatorIds) -> None:
        self._select = f"SELECT stream, version, topic, state FROM {name} WHERE stream = ?"  # noqa: S608  a name from our code
        self._log = log
        self._ids = ids

    def select(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None,
        lte: int | None,
        desc: bool,
        limit: int | None,
    ) -> Sequence[StoredEvent]:
        """Return one originator's events, as the library asks for them."""
        sql: list[str] = [self._select]
        parameters: list[str | int] = [self._ids.stream(originator_id)]
        if gt is not None:
            sql.append("AND version > ?")
            parameters.append(gt)
        if lte is not None:
            sql.append("AND version <= ?")
            parameters.append(lte)
        sql.append("ORDER BY version DESC" if desc else "ORDER BY version")
        if limit is not None:
            sql.append("LIMIT ?")
            parameters.append(limit)
        with library_errors():
            rows = self._log.query(" ".join(sql), parameters)
        return [
            StoredEvent(self._ids.originator_id(stream), version, topic, state)
            for stream, version, topic, state in rows
        ]


class SQLiteAggregateRecorder(AggregateRecorder):
    """Keeps events in a table of their own, ``stored_<purpose>``: no positions, no chain."""

    def __init__(self, log: SQLiteLog, ids: OriginatorIds, purpose: str = "events") -> None:
        if not _PURPOSE.fullmatch(purpose):
            raise ValueError(f"{purpose!r} can't name a table")
        name = f"stored_{purpose}"
        self._log = log
        self._ids = ids
        self._table = EventTable(name, log, ids)
        self._insert = f"INSERT INTO {name} (stream, version, topic, state) VALUES (?, ?, ?, ?)"  # noqa: S608  see above
        self._create = (
            f"CREATE TABLE IF NOT EXISTS {name} ("
            "stream TEXT NOT NULL, version INTEGER NOT NULL, topic TEXT NOT NULL,"
            " state BLOB NOT NULL, PRIMARY KEY (stream, version)) STRICT, WITHOUT ROWID"
        )

    def create_table(self) -> None:
        with library_errors():
            self._log.write_sync((self._create, ()))

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> None:
        """Keep all or none; ``IntegrityError`` when one of the versions is there already."""
        del kwargs
        with library_errors():
            self._log.write_sync(
                *(
                    (
                        self._insert,
                        (
                            self._ids.stream(event.originator_id),
                            event.originator_version,
                            event.topic,
                            event.state,
                        ),
                    )
                    for event in stored_events
                )
            )

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
