"""CSV for machines and for spreadsheets: RFC 4180, CRLF, UTF-8, in blocks of bytes.

A spreadsheet runs a cell that looks like a formula. Text of that look gets a leading apostrophe
(https://owasp.org/www-community/attacks/CSV_Injection), unless a machine asks for the raw text.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

BLOCK_SIZE = 64 * 1024

_LIVE = frozenset("=+-@\t\r\n＝＋－＠")

_BLANKS = (
    " \x0b\x0c\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007"
    "\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
)
"""White space that is not itself live: what ``str.isspace`` says but for tab, CR and LF."""


class Column(NamedTuple):
    """Numbers and times are not text: they are written as they are."""

    name: str
    is_text: bool = True


def harmless(text: str) -> str:
    """Put an apostrophe before text that a spreadsheet could run, blanks before it or not."""
    return f"'{text}" if text.lstrip(_BLANKS)[:1] in _LIVE else text


def csv_blocks(
    columns: Sequence[Column], rows: Iterable[Sequence[str]], *, raw: bool = False
) -> Iterator[bytes]:
    """Write a header and rows of as many cells, in blocks of about 64 KiB.

    ``raw`` leaves the cells as they are. Lone surrogates, which UTF-8 cannot hold, become ``?``.
    """
    guarded = [] if raw else [place for place, column in enumerate(columns) if column.is_text]
    names = [column.name for column in columns]
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(names if raw else map(harmless, names))
    for row in rows:
        cells = list(row)
        for place in guarded:
            cells[place] = harmless(cells[place])
        writer.writerow(cells)
        if buffer.tell() >= BLOCK_SIZE:
            yield _taken_from(buffer)
    yield _taken_from(buffer)


def _taken_from(buffer: io.StringIO) -> bytes:
    block = buffer.getvalue().encode(errors="replace")
    buffer.seek(0)
    buffer.truncate()
    return block
