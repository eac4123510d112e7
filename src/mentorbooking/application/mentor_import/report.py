"""The report of an import: the file as it was sent, with the verdict beside each row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from mentorbooking.application.files.csv_writing import Column, csv_blocks
from mentorbooking.domain.mentor_import.events import RowOutcome, RowProblem

VERDICT_COLUMNS = ("line", "status", "errors", "mentor_id")


class Verdict(msgspec.Struct, frozen=True):
    """What became of a row, and why."""

    outcome: RowOutcome
    problems: tuple[RowProblem, ...] = ()
    mentor_id: str | None = None


class ReportRow(msgspec.Struct, frozen=True):
    """A row of the file and its verdict; None where the import ended before it."""

    line: int
    cells: Sequence[str]
    verdict: Verdict | None = None


def report_lines(header: Sequence[str], rows: Iterable[ReportRow]) -> Iterator[bytes]:
    """Write the report in blocks of bytes: RFC 4180, commas, CRLF, UTF-8.

    The original columns are all text: whatever a spreadsheet could take for a formula is made
    harmless, a ``-1`` as well. A row with too few cells is filled up; what is too much stands in
    the last original cell. Bytes that could not be decoded are written as ``?``.
    """
    columns = [Column(name) for name in (*header, *VERDICT_COLUMNS)]
    return csv_blocks(columns, (_cells(row, len(header)) for row in rows))


def _cells(row: ReportRow, width: int) -> list[str]:
    cells = _fitted(row.cells, width)
    if (verdict := row.verdict) is None:
        return [*cells, str(row.line), "", "", ""]
    errors = "; ".join(map(_in_words, verdict.problems))
    return [*cells, str(row.line), verdict.outcome, errors, verdict.mentor_id or ""]


def _fitted(cells: Sequence[str], width: int) -> list[str]:
    if len(cells) <= width:
        return [*cells, *[""] * (width - len(cells))]
    return [*cells[: width - 1], ",".join(cells[width - 1 :])]


def _in_words(problem: RowProblem) -> str:
    place = f"{problem.column}: " if problem.column else ""
    return f"{place}{problem.code} ({problem.detail})"
