"""``OutboxLedger`` in the work file."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from mentorbooking.adapters.instants import instant, microseconds
from mentorbooking.adapters.work.sqlite import tracked_positions
from mentorbooking.adapters.work.sqlite.database import Schema, WorkDatabase
from mentorbooking.application.ports.outbox_ledger import OutboxLedger, ParkedEvent, ParkedState

RELAY: Final = "outbox"
"""The relay's name among the tracked positions."""

PARKED_EVENTS: Final = Schema(
    "parked_events",
    (
        """
        CREATE TABLE parked_events (
            position INTEGER PRIMARY KEY,
            event_id TEXT NOT NULL,
            stream TEXT NOT NULL,
            topic TEXT NOT NULL,
            state TEXT NOT NULL,
            attempts INTEGER NOT NULL,
            due_at INTEGER,
            last_error TEXT
        )
        """,
    ),
)

_REDRIVE = """
    UPDATE parked_events SET state = 'waiting', attempts = 0, due_at = :now
    WHERE state = 'dead' AND (:position IS NULL OR position = :position)
"""


@dataclass(frozen=True, slots=True)
class SQLiteOutboxLedger(OutboxLedger):
    database: WorkDatabase

    async def position(self) -> int:
        return await self.database.read(lambda tx: tracked_positions.position_of(tx, RELAY))

    async def parked(self) -> Sequence[ParkedEvent]:
        rows = await self.database.read(
            lambda tx: tx.execute("SELECT * FROM parked_events ORDER BY position").fetchall()
        )
        return [_parked_event(row) for row in rows]

    async def record(
        self,
        *,
        position: int = 0,
        parked: Collection[ParkedEvent] = (),
        sent: Collection[int] = (),
    ) -> None:
        def work(tx: sqlite3.Connection) -> None:
            tracked_positions.track(tx, RELAY, position)
            tx.executemany(
                "DELETE FROM parked_events WHERE position = ?", [(number,) for number in sent]
            )
            tx.executemany(
                "INSERT OR REPLACE INTO parked_events VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                map(_row, parked),
            )

        await self.database.write(work)

    async def redrive(self, position: int | None, *, now: datetime) -> int:
        values = {"position": position, "now": microseconds(now)}
        return await self.database.write(lambda tx: tx.execute(_REDRIVE, values).rowcount)


def _row(parked: ParkedEvent) -> tuple[Any, ...]:
    return (
        parked.position,
        parked.event_id,
        parked.stream,
        parked.topic,
        parked.state,
        parked.attempts,
        microseconds(parked.due_at),
        parked.last_error,
    )


def _parked_event(row: tuple[Any, ...]) -> ParkedEvent:
    position, event_id, stream, topic, state, attempts, due_at, last_error = row
    return ParkedEvent(
        position=position,
        event_id=event_id,
        stream=stream,
        topic=topic,
        state=ParkedState(state),
        attempts=attempts,
        due_at=instant(due_at),
        last_error=last_error,
    )
