"""Many rows to and from SQLite in few steps.

Python lets go of its global lock at every step of SQLite and must win it back from the event
loop's thread, which may take a whole switch interval. ``executemany`` is a step for every
row; a VALUES clause of many rows is one. Sizes are rounded up and filled with NULLs, so that
few statements are compiled and all of them stay in the connection's cache.
"""

from __future__ import annotations

import sqlite3
from bisect import bisect_left
from typing import Any

_SIZES = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512)
_MOST = _SIZES[-1]


class ManyRows:
    """A statement over ``VALUES (?, …), …`` of any number of rows.

    ``sql`` holds ``{values}`` where the clause goes and leaves out rows whose ``column1``
    is NULL: they are filling.
    """

    def __init__(self, sql: str, width: int) -> None:
        row = f"({', '.join('?' * width)})"
        self._width = width
        self._statements = [
            sql.replace("{values}", f"VALUES {', '.join([row] * size)}") for size in _SIZES
        ]

    def execute(self, connection: sqlite3.Connection, values: list[Any]) -> list[tuple[Any, ...]]:
        """Run it for rows given one after the other in one flat list; return what it answers."""
        answer: list[tuple[Any, ...]] = []
        step = _MOST * self._width
        for start in range(0, len(values), step):
            part = values[start : start + step]
            size = bisect_left(_SIZES, len(part) // self._width)
            part += [None] * (_SIZES[size] * self._width - len(part))
            answer += connection.execute(self._statements[size], part)
        return answer


def insert_many(table: str, *columns: str) -> ManyRows:
    """Return an INSERT of many rows that stops at the first violation.

    OR FAIL spares SQLite a journal for the statement, half of its cost; the rows before the
    violation stay, so the caller has to roll back. The first column may never be NULL: such a
    row is taken for filling.
    """
    return ManyRows(
        f"INSERT OR FAIL INTO {table} ({', '.join(columns)})"  # noqa: S608  names from our code
        " SELECT * FROM ({values}) WHERE column1 IS NOT NULL",
        len(columns),
    )
