"""Which delimiter a file uses, as its header line tells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Literal, get_args

from mentorbooking.application.mentor_import.cells import BrokenQuote, Cells
from mentorbooking.application.mentor_import.columns import field_of

Delimiter = Literal[",", ";", "\t"]

DELIMITERS: tuple[Delimiter, ...] = get_args(Delimiter)

_HEADER_LINES = 100


def choose_delimiter(header: Iterable[str]) -> Delimiter:
    """Choose by the physical lines of the header: the one that makes the most known columns.

    Then the one that makes the most columns; a comma where nothing speaks for another.
    """
    lines = list(header)

    def known_and_all_columns(delimiter: Delimiter) -> tuple[int, int]:
        names = _names(lines, delimiter)
        return sum(field_of(name) is not None for name in names), len(names)

    return max(DELIMITERS, key=known_and_all_columns)


def with_header_lines(lines: Iterator[str]) -> tuple[list[str], Iterator[str]]:
    """Return the first lines up to the end of the header, and all lines again from the start."""
    first: list[str] = []
    quotes = 0
    for line in lines:
        first.append(line)
        quotes += line.count('"')
        if (line.strip() and quotes % 2 == 0) or len(first) == _HEADER_LINES:
            break
    return first, chain(first, lines)


def _names(lines: list[str], delimiter: Delimiter) -> list[str]:
    row = Cells(delimiter)
    try:
        for line in lines:
            if line.strip() and row.take(line):
                break
    except BrokenQuote:
        return []
    return row.cells
