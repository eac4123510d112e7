"""What every read model does in SQLite: its tables, and a batch of its rows in and out.

The tables of the generation in use bear the model's name; those of a generation that is being
filled bear it with ``_g<number>``, and take the name over when they take the place. So the SQL
of readers never changes; SQLite prepares it anew by itself when tables are swapped.

Rows travel as JSON arrays, a whole batch in one statement. The sqlite3 module gives up the
interpreter's lock at every step of a statement: with a statement per row this thread would
wait for a busy event loop once for each of them, which costs far more than the JSON does.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from functools import cache
from sqlite3 import Connection
from typing import Any, ClassVar, Final, Generic, TypeVar

import msgspec

from mentorbooking.application.read_models.projection import Key, Projection, Rows

R = TypeVar("R")

encode: Final = msgspec.json.Encoder().encode

_BODIES_BY_ID: Final = """
SELECT '[' || coalesce(group_concat(body), '') || ']' FROM {t}
WHERE id IN (SELECT value FROM json_each(?))"""


class SQLiteReadModel(ABC, Generic[R]):
    """``schema`` makes the model's table ``{t}``, further tables ``{t}_…``, and the indices that
    writing needs; these keep the names they are born with (``{i}_…``). ``indices`` define those
    that only readers need: made once the tables are filled, they cost a fraction.
    """

    projection: ClassVar[Projection[Any, Any]]
    further_tables: ClassVar[tuple[str, ...]] = ()
    schema: ClassVar[tuple[str, ...]]
    indices: ClassVar[tuple[str, ...]] = ()

    @property
    def name(self) -> str:
        return self.projection.name

    def tables(self, generation: int | None = None) -> list[str]:
        """Name the tables in use, or those of a generation that is not."""
        table = self.name if generation is None else f"{self.name}_g{generation}"
        return [table, *(f"{table}_{further}" for further in self.further_tables)]

    def has_put_aside(self, table: str) -> bool:
        """Tell whether a table is one of a generation that is not in use."""
        further = "".join(f"|_{each}" for each in self.further_tables)
        return re.fullmatch(rf"{self.name}_g[0-9]+({further[1:]})?", table) is not None

    def create(self, db: Connection, table: str, generation: int) -> None:
        """Make empty tables."""
        for statement in self.schema:
            db.execute(statement.format(t=table, i=f"{self.name}_g{generation}"))

    def create_index(self, db: Connection, index: str, table: str, generation: int) -> None:
        """Make one of ``indices``, unless it is there."""
        definition = index.format(t=table, i=f"{self.name}_g{generation}")
        db.execute(f"CREATE INDEX IF NOT EXISTS {definition}")

    def load(self, db: Connection, table: str, keys: AbstractSet[Key]) -> Mapping[Key, R]:
        """Return those of the rows that exist. Needed where the projection reads any."""
        raise NotImplementedError(f"the projection of {table} reads {len(keys)} rows")

    @abstractmethod
    def write(self, db: Connection, table: str, rows: Rows[R]) -> None:
        """Write what has changed; there is something."""

    @abstractmethod
    def rows(self, db: Connection) -> Iterator[tuple[Key, R]]:
        """Return the rows in use in ascending order of their keys."""


def bodies_by_id(db: Connection, table: str, keys: AbstractSet[Key]) -> str:
    """Return the bodies of rows as one JSON array."""
    found = db.execute(filled(_BODIES_BY_ID, table), (encode(list(keys)),)).fetchone()
    return str(found[0])


def kept(changed: Mapping[Key, R | None]) -> list[tuple[Any, R]]:
    """Return the rows to put; none of such a model is ever removed."""
    rows = [(key, row) for key, row in changed.items() if row is not None]
    if len(rows) != len(changed):
        raise NotImplementedError("rows of this read model can't be removed")
    return rows


@cache
def filled(statement: str, table: str) -> str:
    """Name the table ``{t}``; ``{cells[n]}`` are the first n cells of a JSON array ``value``."""
    return statement.format(t=table, cells=_CELLS)


_CELLS: Final = [
    ", ".join(f"json_extract(value, '$[{number}]')" for number in range(count))
    for count in range(10)
]
