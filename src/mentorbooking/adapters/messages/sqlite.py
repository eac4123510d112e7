"""``Messages`` in the work file, beside the jobs and the positions."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from mentorbooking.adapters.instants import instant, microseconds
from mentorbooking.adapters.work.sqlite import tracked_positions
from mentorbooking.adapters.work.sqlite.database import Schema, WorkDatabase
from mentorbooking.application.ports.messages import MessageRecord, MessageStatus, Resend

MAILER: Final = "mailer"
"""The mailer's name among the tracked positions."""

MESSAGES: Final = Schema(
    "messages",
    (
        """
        CREATE TABLE messages (
            id TEXT NOT NULL PRIMARY KEY,
            position INTEGER NOT NULL,
            event_id TEXT NOT NULL,
            recipient TEXT NOT NULL,
            template TEXT NOT NULL,
            booking_id TEXT,
            status TEXT NOT NULL,
            attempts INTEGER NOT NULL,
            failures INTEGER NOT NULL,
            resends INTEGER NOT NULL,
            last_error TEXT,
            created_at INTEGER NOT NULL,
            due_at INTEGER,
            sent_at INTEGER
        )
        """,
        "CREATE INDEX messages_by_status ON messages (status)",
        "CREATE INDEX messages_of_bookings ON messages (booking_id) WHERE booking_id IS NOT NULL",
        """
        CREATE INDEX messages_due ON messages (booking_id IS NULL, due_at, position)
            WHERE status = 'queued'
        """,
        """
        CREATE INDEX messages_by_recipient ON messages (recipient, position)
            WHERE status = 'queued'
        """,
    ),
)

_FIELDS: Final = (
    "id, position, event_id, recipient, template, booking_id, status, attempts, failures,"
    " resends, last_error, created_at, due_at, sent_at"
)
_QUEUE = f"""
    INSERT INTO messages ({_FIELDS})
    VALUES (:id, :position, :event_id, :recipient, :template, :booking_id, 'queued', 0, 0, 0,
        NULL, :created_at, :created_at, NULL)
    ON CONFLICT (id) DO NOTHING
"""  # noqa: S608  names of columns only
_QUEUE_AGAIN = """
    UPDATE messages
    SET status = 'queued', failures = 0, resends = :number, last_error = NULL, due_at = :at,
        sent_at = NULL
    WHERE id = :id AND resends < :number
"""
_DUE = f"""
    SELECT {_FIELDS} FROM messages AS message
    WHERE status = 'queued' AND due_at <= :now AND NOT EXISTS (
        SELECT 1 FROM messages AS earlier
        WHERE earlier.status = 'queued' AND earlier.recipient = message.recipient
            AND earlier.position < message.position
    )
    ORDER BY booking_id IS NULL, due_at, position LIMIT :limit
"""  # noqa: S608  names of columns only
_SENT = """
    UPDATE messages
    SET status = 'sent', attempts = attempts + 1, last_error = NULL, due_at = NULL, sent_at = :at
    WHERE id = :id AND status = 'queued'
"""
_POSTPONED = """
    UPDATE messages
    SET attempts = attempts + 1, failures = failures + 1, last_error = :error, due_at = :retry_at
    WHERE id = :id AND status = 'queued'
"""
_FAILED = """
    UPDATE messages
    SET status = 'failed', attempts = attempts + 1, failures = failures + 1,
        last_error = :error, due_at = NULL
    WHERE id = :id AND status = 'queued'
"""
_SUPPRESSED = """
    UPDATE messages SET status = 'suppressed', last_error = :error, due_at = NULL
    WHERE id = :id AND status = 'queued'
"""
_GET = f"SELECT {_FIELDS} FROM messages WHERE id = ?"  # noqa: S608  names of columns only
_OF_BOOKING = f"""
    SELECT {_FIELDS} FROM messages
    WHERE booking_id = :booking_id AND (
        :recipients IS NULL OR recipient IN (SELECT value FROM json_each(:recipients))
    )
    ORDER BY position, id
"""  # noqa: S608  names of columns only
_COUNTS = "SELECT status, count(*) FROM messages GROUP BY status"


@dataclass(frozen=True, slots=True)
class SQLiteMessages:
    database: WorkDatabase

    async def position(self) -> int:
        return await self.database.read(lambda tx: tracked_positions.position_of(tx, MAILER))

    async def plan(
        self,
        messages: Collection[MessageRecord],
        resends: Collection[Resend] = (),
        *,
        position: int,
    ) -> None:
        def work(tx: sqlite3.Connection) -> None:
            tx.executemany(_QUEUE, map(_values, messages))
            tx.executemany(
                _QUEUE_AGAIN,
                [
                    {"id": each.message_id, "number": each.number, "at": microseconds(each.at)}
                    for each in resends
                ],
            )
            tracked_positions.track(tx, MAILER, position)

        await self.database.write(work)

    async def due(self, *, now: datetime, limit: int) -> Sequence[MessageRecord]:
        values = {"now": microseconds(now), "limit": limit}
        rows = await self.database.read(lambda tx: tx.execute(_DUE, values).fetchall())
        return [_message(row) for row in rows]

    async def sent(self, *message_ids: str, at: datetime) -> None:
        values = [{"id": message_id, "at": microseconds(at)} for message_id in message_ids]
        await self.database.write(lambda tx: tx.executemany(_SENT, values))

    async def failed(self, message_id: str, error: str, *, retry_at: datetime | None) -> None:
        if retry_at is None:
            await self._change(_FAILED, message_id, error=error)
        else:
            await self._change(_POSTPONED, message_id, error=error, retry_at=microseconds(retry_at))

    async def suppressed(self, message_id: str, reason: str) -> None:
        await self._change(_SUPPRESSED, message_id, error=reason)

    async def get(self, message_id: str) -> MessageRecord | None:
        row = await self.database.read(lambda tx: tx.execute(_GET, (message_id,)).fetchone())
        return _message(row) if row else None

    async def of_booking(
        self, booking_id: str, *, recipients: Collection[str] | None = None
    ) -> Sequence[MessageRecord]:
        values = {
            "booking_id": booking_id,
            "recipients": None if recipients is None else json.dumps(list(recipients)),
        }
        rows = await self.database.read(lambda tx: tx.execute(_OF_BOOKING, values).fetchall())
        return [_message(row) for row in rows]

    async def counts(self) -> Mapping[MessageStatus, int]:
        rows = await self.database.read(lambda tx: tx.execute(_COUNTS).fetchall())
        return {MessageStatus(status): count for status, count in rows}

    async def _change(self, statement: str, message_id: str, **values: int | str) -> None:
        await self.database.write(lambda tx: tx.execute(statement, {"id": message_id, **values}))


def _values(message: MessageRecord) -> dict[str, Any]:
    return {
        "id": message.id,
        "position": message.position,
        "event_id": message.event_id,
        "recipient": message.recipient,
        "template": message.template,
        "booking_id": message.booking_id,
        "created_at": microseconds(message.created_at),
    }


def _message(row: tuple[Any, ...]) -> MessageRecord:
    (message_id, position, event_id, recipient, template, booking_id, status, attempts, failures,
     resends, last_error, created_at, due_at, sent_at) = row  # fmt: skip
    return MessageRecord(
        id=message_id,
        position=position,
        event_id=event_id,
        recipient=recipient,
        template=template,
        booking_id=booking_id,
        status=MessageStatus(status),
        attempts=attempts,
        failures=failures,
        resends=resends,
        last_error=last_error,
        created_at=instant(created_at),
        due_at=instant(due_at),
        sent_at=instant(sent_at),
    )
