"""``ControlRequests`` in the work file."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from mentorbooking.adapters.instants import instant, microseconds
from mentorbooking.adapters.work.sqlite.database import Schema, WorkDatabase
from mentorbooking.application.ports.control_requests import (
    ControlRequest,
    ControlRequests,
    ControlState,
)

REMEMBERED: Final = timedelta(days=30)

CONTROL: Final = Schema(
    "control",
    (
        """
        CREATE TABLE control (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            action TEXT NOT NULL,
            subject TEXT NOT NULL,
            state TEXT NOT NULL,
            requested_at INTEGER NOT NULL,
            done INTEGER NOT NULL DEFAULT 0,
            total INTEGER NOT NULL DEFAULT 0,
            finished_at INTEGER,
            error TEXT
        )
        """,
        "CREATE UNIQUE INDEX control_open ON control (action, subject) WHERE finished_at IS NULL",
    ),
)

_ASK = """
    INSERT INTO control (action, subject, state, requested_at)
    VALUES (:action, :subject, 'requested', :now)
    ON CONFLICT (action, subject) WHERE finished_at IS NULL DO NOTHING
"""
_OPEN = """
    SELECT * FROM control
    WHERE action = :action AND subject = :subject AND finished_at IS NULL
"""
_WAITING = """
    SELECT id FROM control
    WHERE state = 'requested' AND action IN (SELECT value FROM json_each(?))
    ORDER BY id LIMIT 1
"""
_TAKE = "UPDATE control SET state = 'running' WHERE id = ? RETURNING *"
_REPORT = "UPDATE control SET done = :done, total = :total WHERE id = :id AND state = 'running'"
_FINISH = """
    UPDATE control SET state = :state, finished_at = :now, error = :error
    WHERE id = :id AND finished_at IS NULL
"""
_FORGET = "DELETE FROM control WHERE finished_at < ?"
_RESUME = "UPDATE control SET state = 'requested', done = 0, total = 0 WHERE state = 'running'"


@dataclass(frozen=True, slots=True)
class SQLiteControlRequests(ControlRequests):
    database: WorkDatabase

    async def ask(self, action: str, subject: str, *, now: datetime) -> ControlRequest:
        values = {"action": action, "subject": subject, "now": microseconds(now)}

        def work(tx: sqlite3.Connection) -> Any:
            tx.execute(_FORGET, (microseconds(now - REMEMBERED),))
            tx.execute(_ASK, values)
            return tx.execute(_OPEN, values).fetchone()

        return _request(await self.database.write(work))

    async def get(self, request_id: int) -> ControlRequest | None:
        row = await self.database.read(
            lambda tx: tx.execute("SELECT * FROM control WHERE id = ?", (request_id,)).fetchone()
        )
        return _request(row) if row else None

    async def take(self, actions: Collection[str]) -> ControlRequest | None:
        wanted = (json.dumps(list(actions)),)

        def look(tx: sqlite3.Connection) -> Any:
            return tx.execute(_WAITING, wanted).fetchone()

        def work(tx: sqlite3.Connection) -> Any:
            found = look(tx)
            return tx.execute(_TAKE, found).fetchone() if found else None

        if await self.database.read(look) is None:  # mostly so: spare the write lock
            return None
        row = await self.database.write(work)
        return _request(row) if row else None

    async def report(self, request_id: int, *, done: int, total: int) -> None:
        values = {"id": request_id, "done": done, "total": total}
        await self.database.write(lambda tx: tx.execute(_REPORT, values))

    async def finish(self, request_id: int, *, now: datetime, error: str | None = None) -> None:
        values = {
            "id": request_id,
            "state": ControlState.FAILED if error else ControlState.DONE,
            "now": microseconds(now),
            "error": error,
        }
        await self.database.write(lambda tx: tx.execute(_FINISH, values))

    async def resume(self) -> None:
        await self.database.write(lambda tx: tx.execute(_RESUME))


def _request(row: tuple[Any, ...]) -> ControlRequest:
    request_id, action, subject, state, requested_at, done, total, finished_at, error = row
    return ControlRequest(
        id=request_id,
        action=action,
        subject=subject,
        state=ControlState(state),
        requested_at=instant(requested_at),
        done=done,
        total=total,
        finished_at=instant(finished_at),
        error=error,
    )
