"""From the cells of a row to a row about a mentor."""

from __future__ import annotations

from typing import Any

from mentorbooking.application.mentor_import import fields
from mentorbooking.application.mentor_import.columns import Columns
from mentorbooking.application.mentor_import.decoding import LONGEST_LINE
from mentorbooking.application.mentor_import.reading import Record
from mentorbooking.application.mentor_import.row_findings import RowFindings
from mentorbooking.application.mentor_import.rows import AddressesSeen, MentorRow, ParsedRow
from mentorbooking.domain.mentor import policies
from mentorbooking.domain.mentor_import.events import RowProblem


class RowReader:
    """Reads the rows of one file, in their order."""

    def __init__(self, columns: Columns, delimiter: str) -> None:
        self._columns = columns
        self._readers = [
            (field, columns.places[field][0], reader)
            for field, reader in fields.readers(delimiter).items()
            if field in columns.places
        ]
        self._seen = AddressesSeen()

    def read(self, record: Record) -> ParsedRow:
        """Read a row; the same address again is an error of the later row."""
        cells = tuple(record.cells)
        place = self._columns.places["email"][0]
        column = self._columns.names[place]
        if problem := _problem_of_the_whole(record, len(self._columns.names)):
            alone = (problem,)
            return ParsedRow(
                line=record.line,
                cells=cells,
                email_column=column,
                errors=alone,
                errors_if_new=alone,
            )
        row = RowFindings(self._columns.names, record)
        address = row.email(place)
        values = self._values(row)
        if address is not None:
            first_line = self._seen.first_line(address.normalised, record.line)
            if first_line != record.line:
                row.refuse_duplicate(place, first_line)
        mentor = None
        if address is not None and not row.errors:
            mentor = MentorRow(email=address.shown, normalised_email=address.normalised, **values)
        return ParsedRow(
            line=record.line,
            cells=cells,
            email_column=column,
            normalised_email=address.normalised if address else None,
            mentor=mentor,
            errors=row.errors if address else row.errors_if_new,
            errors_if_new=row.errors_if_new,
        )

    def _values(self, row: RowFindings) -> dict[str, Any]:
        skills = self._columns.places["skills"]
        values = {
            "name": row.required("name", self._places_of_name(row), policies.mentor_name, " "),
            "skills": row.required("skills", skills, fields.skills, ";"),
        }
        for field, place, reader in self._readers:
            values[field] = row.optional(place, reader)
        return values

    def _places_of_name(self, row: RowFindings) -> tuple[int, ...]:
        """The name's own column, else the first and the last name where there are any."""
        whole = self._columns.places.get("name", ())
        if {"first_name", "last_name"} - self._columns.places.keys():
            return whole
        parts = (self._columns.places["first_name"][0], self._columns.places["last_name"][0])
        if whole and (row.has_text(*whole) or not row.has_text(*parts)):
            return whole
        return parts


def _problem_of_the_whole(record: Record, width: int) -> RowProblem | None:
    if record.flaw == "too-long":
        return RowProblem(None, "too-long", f"At most {LONGEST_LINE:,} characters in a row.")
    if record.flaw == "broken-quote":
        detail = (
            "A quote opens a cell and does not close it at its end; inside, quotes are doubled."
        )
        return RowProblem(None, "ragged-row", detail)
    if (found := len(record.cells)) != width:
        detail = f"{found} cells; the header has {width}."
        if record.last_line > record.line:
            detail += f" The row reaches to line {record.last_line}: is a quote missing?"
        return RowProblem(None, "ragged-row", detail)
    return None
