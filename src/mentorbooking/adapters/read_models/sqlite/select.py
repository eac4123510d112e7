"""Puts together the statement for one page of a list: conditions, and where the page begins.

A page begins behind the last row of the page before (keyset pagination), never at an offset:
it costs the same however far a reader has come, and rows that come or go do not shift it.
"""

from __future__ import annotations

from typing import Any, Final

from mentorbooking.application.read_models.page import Keys

_PAGE: Final = "SELECT {columns}, {order} FROM {table}{where} ORDER BY {order} LIMIT ?"


class Select:
    """Columns of a table, then those of ``order``; conditions are added as they apply."""

    def __init__(
        self, table: str, columns: str = "body", *, order: tuple[str, ...], after: Keys | None
    ) -> None:
        self._table = table
        self._columns = columns
        self._order = order
        self._conditions: list[str] = []
        self._after = after
        self.values: list[Any] = []
        if after is not None:
            if len(after) != len(order):
                raise ValueError("these are not the keys of such a list")
            self.where(f"({', '.join(order)}) > ({', '.join('?' * len(order))})", *after)

    def where(self, condition: str, *values: object) -> None:
        self._conditions.append(condition)
        self.values += values

    def where_given(self, condition: str, value: object) -> None:
        """Add a condition if there is a value for it."""
        if value is not None:
            self.where(condition, value)

    def where_start_from(self, *bounds: int | None) -> None:
        """Begin at the latest of the bounds, and where the page begins, of ``start``.

        One bound, because SQLite enters an index at one only; it might take the loosest.
        """
        given = [bound for bound in bounds if bound is not None]
        if self._after is not None:
            given.append(int(self._after[0]))
        if given:
            self.where("start >= ?", max(given))

    @property
    def width(self) -> int:
        """Return how many columns tell where a row stands."""
        return len(self._order)

    @property
    def sql(self) -> str:
        order = ", ".join(self._order)
        where = f" WHERE {' AND '.join(self._conditions)}" if self._conditions else ""
        return _PAGE.format(columns=self._columns, order=order, table=self._table, where=where)
