"""Which events each consumer has taken, so that a repeat has no effect.

Kept longer than a repeat can come: the relay repeats its last batch, and a queue keeps a
message for two weeks at most.
"""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta
from typing import Final

from mentorbooking.adapters.instants import microseconds
from mentorbooking.adapters.work.sqlite.database import Schema

REMEMBERED: Final = timedelta(days=15)

INBOX: Final = Schema(
    "inbox",
    (
        """
        CREATE TABLE inbox (
            consumer TEXT NOT NULL,
            event_id TEXT NOT NULL,
            received_at INTEGER NOT NULL,
            PRIMARY KEY (consumer, event_id)
        ) WITHOUT ROWID
        """,
        "CREATE INDEX inbox_by_age ON inbox (received_at)",
    ),
)


def is_new(connection: sqlite3.Connection, consumer: str, event_id: str, *, now: datetime) -> bool:
    """Take the event into the inbox; False if it is there already.

    What the consumer does belongs in the same transaction: then it is done once.
    """
    taken = connection.execute(
        "INSERT INTO inbox VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        (consumer, event_id, microseconds(now)),
    )
    return taken.rowcount == 1


def forget_old(connection: sqlite3.Connection, *, now: datetime) -> None:
    """Drop what can't be repeated any more."""
    connection.execute("DELETE FROM inbox WHERE received_at < ?", (microseconds(now - REMEMBERED),))
