"""``TrackedPositions`` in the work file.

Who moves a position together with what it did uses ``position_of`` and ``track`` inside a
transaction of its own.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Final

from mentorbooking.adapters.work.sqlite.database import Schema, WorkDatabase
from mentorbooking.application.ports.tracked_positions import TrackedPositions

TRACKING: Final = Schema(
    "tracking",
    ("CREATE TABLE tracking (name TEXT PRIMARY KEY, position INTEGER NOT NULL) WITHOUT ROWID",),
)


def position_of(connection: sqlite3.Connection, name: str) -> int:
    found = connection.execute("SELECT position FROM tracking WHERE name = ?", (name,)).fetchone()
    return int(found[0]) if found else 0


def track(connection: sqlite3.Connection, name: str, position: int) -> None:
    connection.execute(
        "INSERT INTO tracking VALUES (?1, ?2)"
        " ON CONFLICT (name) DO UPDATE SET position = max(position, ?2)",
        (name, position),
    )


@dataclass(frozen=True, slots=True)
class SQLiteTrackedPositions(TrackedPositions):
    database: WorkDatabase

    async def position(self, name: str) -> int:
        return await self.database.read(lambda connection: position_of(connection, name))

    async def track(self, name: str, position: int) -> None:
        await self.database.write(lambda connection: track(connection, name, position))
