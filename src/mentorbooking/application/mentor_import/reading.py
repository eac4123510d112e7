"""From physical lines to the rows of a table, each with the line on which it begins.

A quote that is never closed must not hide the rows after it. So when what follows a quote makes
no sense, only the line with that quote is lost, and reading goes on with the line after it.
What makes no sense: the quote is not closed before the end of the file or within the length of
a row, or is "closed" in the middle of a cell.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import Literal

import msgspec

from mentorbooking.application.mentor_import.cells import BrokenQuote, Cells
from mentorbooking.application.mentor_import.decoding import LONGEST_LINE

LONGEST_ROW = LONGEST_LINE

_MOST_LINES_READ_AGAIN = 1_000_000
"""Bounds the work that a hostile file can cause. After it no cell may go over the end of a line."""

Flaw = Literal["broken-quote", "too-long"]


class Record(msgspec.Struct, frozen=True):
    """One row as it stands in the file. ``line`` counts physical lines from 1.

    With a ``flaw`` the cells are only what can be shown of the row.
    """

    line: int
    cells: list[str]
    flaw: Flaw | None = None
    last_line: int = 0


def read_records(lines: Iterable[str], delimiter: str) -> Iterator[Record]:
    """Yield the header, then the rows. Lines of nothing but blanks are none.

    A row of more than 1,048,576 characters has the flaw ``too-long`` if it is one line; else
    its quote counts as never closed.
    """
    source = _Lines(lines)
    while (line := source.next()) is not None:
        if line.strip() or delimiter in line:
            yield _read_record(source, line, delimiter)


def _read_record(source: _Lines, first: str, delimiter: str) -> Record:
    number = source.number
    if len(first) >= LONGEST_LINE:
        return Record(number, _loosely_split(first, delimiter), "too-long")
    row = Cells(delimiter)
    following: list[str] = []
    size = len(first)
    line = first
    try:
        while not row.take(line):
            another = None if source.is_worn_out else source.next()
            if another is None:
                raise BrokenQuote
            following.append(another)
            line = another
            size += len(line)
            if size > LONGEST_ROW:
                raise BrokenQuote
    except BrokenQuote:
        source.put_back(following)
        return Record(number, _loosely_split(first, delimiter), "broken-quote")
    return Record(number, row.cells, last_line=source.number)


def _loosely_split(line: str, delimiter: str) -> list[str]:
    return line.rstrip("\r\n").split(delimiter)


class _Lines:
    """Lines, the last of which may be put back to be read again; ``number`` is the last one's."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.number = 0
        self._lines = iter(lines)
        self._again: deque[str] = deque()
        self._put_back = 0

    @property
    def is_worn_out(self) -> bool:
        return self._put_back > _MOST_LINES_READ_AGAIN

    def next(self) -> str | None:
        line = self._again.popleft() if self._again else next(self._lines, None)
        self.number += line is not None
        return line

    def put_back(self, lines: list[str]) -> None:
        self.number -= len(lines)
        self._put_back += len(lines)
        self._again.extendleft(reversed(lines))
