"""The query side: one read-only connection, used on the event loop's thread.

A query takes some tens of microseconds, less than a hop to another thread would. Each is one
statement, and so sees one state of the file.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from operator import itemgetter
from pathlib import Path
from typing import Any

import msgspec

from mentorbooking.adapters.read_models.sqlite.faults import discard_if_damaged
from mentorbooking.adapters.read_models.sqlite.select import Select
from mentorbooking.application.read_models.page import Keys, Page

_STATEMENTS = 256
_CACHE_KIB = 4_000


class ViewsReader:
    """Opens a views file that exists. Text comes as bytes: rows are passed on, not looked at."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._db = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=ro",
            uri=True,
            isolation_level=None,
            cached_statements=_STATEMENTS,
            check_same_thread=False,
        )
        self._db.text_factory = bytes
        self._db.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")

    def fetch(self, sql: str, values: Sequence[Any]) -> list[Any]:
        """Return all rows of a statement."""
        try:
            return self._db.execute(sql, values).fetchall()
        except sqlite3.DatabaseError as error:
            discard_if_damaged(self._path, error)
            raise

    def page(
        self, select: Select, limit: int, as_json: Callable[[Any], bytes] = itemgetter(0)
    ) -> Page:
        """Return a page of rows; where a row stands is told by its last columns."""
        found = self.fetch(select.sql, (*select.values, limit + 1))
        rows = [msgspec.Raw(as_json(row)) for row in found[:limit]]
        more = len(found) > limit
        return Page(rows, keys_of(found[limit - 1][-select.width :]) if more else None)

    def close(self) -> None:
        self._db.close()


def keys_of(columns: Sequence[Any]) -> Keys:
    """Return where a row stands."""
    return tuple(key.decode() if isinstance(key, bytes) else key for key in columns)
