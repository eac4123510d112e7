"""One row under examination: its cells, and the errors found in them so far."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from msgspec import UNSET

from mentorbooking.application.email_addresses import TypedEmail, read_email
from mentorbooking.application.mentor_import.decoding import is_undecoded
from mentorbooking.application.mentor_import.reading import Record
from mentorbooking.domain.kernel.unacceptable import Unacceptable
from mentorbooking.domain.mentor_import.events import RowProblem

CLEAR = r"\N"
"""The cell that clears a field; an empty one keeps what is there."""


class RowFindings:
    """Every answer is a value or UNSET; None for what is cleared, and for what was refused.

    Whatever is wrong is kept for the end, and then nobody looks at the values. A place is the
    index of a column. Undecodable bytes are told of once, in whatever column.
    """

    def __init__(self, names: Sequence[str], record: Record) -> None:
        self._names = names
        self._cells = [cell.strip() for cell in record.cells]
        self._undecoded = {place for place, cell in enumerate(self._cells) if is_undecoded(cell)}
        self._errors: list[tuple[int, RowProblem]] = []
        self._missing: list[tuple[int, RowProblem]] = []
        for place in self._undecoded:
            self._refuse(
                place, "encoding-error", "Bytes that are characters in the file's encoding."
            )

    @property
    def errors(self) -> tuple[RowProblem, ...]:
        """What is wrong also where the mentor is known."""
        return _in_order(self._errors)

    @property
    def errors_if_new(self) -> tuple[RowProblem, ...]:
        """What is wrong if the mentor is new, who lacks what others only keep."""
        return _in_order(self._errors + self._missing)

    def has_text(self, *places: int) -> bool:
        return any(self._cells[place] for place in places)

    def email(self, place: int) -> TypedEmail | None:
        if place in self._undecoded:
            return None
        if self._cells[place] in {"", CLEAR}:
            self._refuse(place, "missing-value", "Every row needs an e-mail address.")
            return None
        address: TypedEmail | None = self._read(read_email, self._cells[place], place)
        return address

    def required(
        self, field: str, places: Sequence[int], reader: Callable[[str], Any], glue: str
    ) -> Any:
        """Read what a new mentor needs and nobody can clear, from one or more cells."""
        if self._undecoded.intersection(places):
            return UNSET
        given = [self._cells[place] for place in places if self._cells[place]]
        kept = [cell for cell in given if cell != CLEAR]
        if given and not kept:
            detail = f"The {field} can be changed and not cleared."
            self._refuse(places[0], "missing-value", detail)
            return UNSET
        value = self._read(reader, glue.join(kept), places[0]) if kept else ()
        if value == ():
            detail = f"A new mentor needs a value for {field}."
            problem = RowProblem(self._names[places[0]], "missing-value", detail)
            self._missing.append((places[0], problem))
            return UNSET
        return value

    def optional(self, place: int, reader: Callable[[str], Any]) -> Any:
        cell = self._cells[place]
        if not cell or place in self._undecoded:
            return UNSET
        if cell == CLEAR:
            return None
        value = self._read(reader, cell, place)
        return UNSET if value == () else value

    def refuse_duplicate(self, place: int, first_line: int) -> None:
        detail = f"The same address stands in line {first_line}."
        self._refuse(place, "duplicate-in-file", detail)

    def _read(self, reader: Callable[[str], Any], text: str, place: int) -> Any:
        try:
            return reader(text)
        except Unacceptable as reason:
            self._refuse(place, reason.code, reason.detail)
            return None

    def _refuse(self, place: int, code: str, detail: str) -> None:
        self._errors.append((place, RowProblem(self._names[place], code, detail)))


def _in_order(problems: list[tuple[int, RowProblem]]) -> tuple[RowProblem, ...]:
    return tuple(problem for _, problem in sorted(problems, key=lambda found: found[0]))
