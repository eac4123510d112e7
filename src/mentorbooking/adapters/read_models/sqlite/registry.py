"""Which read models there are in the file, and how far each has come.

A row is changed in the transaction that writes the model's rows, so that the two can't part.
``event_id`` is the event at the position: it tells whether the file belongs to this log.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from sqlite3 import Connection
from typing import Final, Literal, NamedTuple

TABLE: Final = """
CREATE TABLE projections (
    name TEXT PRIMARY KEY,
    generation INTEGER NOT NULL,
    position INTEGER NOT NULL,
    event_id TEXT,
    state TEXT NOT NULL,
    error TEXT
) WITHOUT ROWID
"""


class Registered(NamedTuple):
    """``event_id`` is None at position 0; ``error`` where the state is ``running``."""

    name: str
    generation: int
    position: int
    event_id: str | None
    state: Literal["running", "failed"]
    error: str | None


def registered(db: Connection) -> list[Registered]:
    found = db.execute(
        "SELECT name, generation, position, event_id, state, error FROM projections ORDER BY name"
    )
    return [Registered(*row) for row in found]


def register(db: Connection, names: Collection[str]) -> None:
    """Enter models that are empty."""
    db.executemany(
        "INSERT INTO projections VALUES (?, 1, 0, NULL, 'running', NULL)",
        [(name,) for name in names],
    )


def track(
    db: Connection, names: Collection[str], position: int, event_id: str | None, error: str | None
) -> None:
    """Say how far models have come; those with an error have stopped there."""
    db.execute(
        "UPDATE projections SET position = ?, event_id = ?, state = ?, error = ?"
        " WHERE name IN (SELECT value FROM json_each(?))",
        (position, event_id, "failed" if error else "running", error, json.dumps([*names])),
    )


def replace(db: Connection, name: str, generation: int) -> None:
    """Say that a new generation has taken the place of the old one."""
    db.execute("UPDATE projections SET generation = ? WHERE name = ?", (generation, name))
