"""The cells of one row, taken in line by line: RFC 4180, and what people make of it.

Beyond the RFC, blanks may stand around the quotes of a cell, and a quote inside an unquoted cell
is a quote. The standard library's reader is not used because it neither tells where a row
begins nor notices a quote that is never closed: it hides the rest of the file in one cell.
"""

from __future__ import annotations

import re

_SPACES = re.compile(r" *")
_SPACES_AND_TABS = re.compile(r"[ \t]*")


class BrokenQuote(ValueError):
    """Something other than a delimiter follows a closing quote."""


class Cells:
    """Feed it physical lines until ``take`` answers that the row is complete."""

    __slots__ = ("_blanks", "_delimiter", "_open", "cells")

    def __init__(self, delimiter: str) -> None:
        self.cells: list[str] = []
        self._delimiter = delimiter
        self._blanks = _SPACES if delimiter == "\t" else _SPACES_AND_TABS
        self._open: list[str] | None = None

    def take(self, line: str) -> bool:
        """Take a line with its end in; False: a quoted cell goes on in the next line.

        Raises ``BrokenQuote``; the cells are of no use then.
        """
        text = line.rstrip("\r\n")
        if self._open is None and '"' not in text:
            self.cells.extend(text.split(self._delimiter))
            return True
        at = 0 if self._open is not None else self._opened_at(text, 0)
        while at >= 0:
            end = _closing_quote(text, at)
            if end < 0:
                self._keep_open(line[at:])
                return False
            self._close(text[at:end])
            at = self._blanks_end(text, end + 1)
            if at == len(text):
                return True
            if text[at] != self._delimiter:
                raise BrokenQuote
            at = self._opened_at(text, at + 1)
        return True

    def _opened_at(self, text: str, at: int) -> int:
        """Take unquoted cells; return where the next quoted one begins, -1 at the line's end."""
        while True:
            start = self._blanks_end(text, at)
            if text.startswith('"', start):
                return start + 1
            end = text.find(self._delimiter, at)
            if end < 0:
                self.cells.append(text[at:])
                return -1
            self.cells.append(text[at:end])
            at = end + 1

    def _keep_open(self, piece: str) -> None:
        if self._open is None:
            self._open = []
        self._open.append(piece)

    def _close(self, piece: str) -> None:
        whole = "".join([*self._open, piece]) if self._open else piece
        self.cells.append(whole.replace('""', '"'))
        self._open = None

    def _blanks_end(self, text: str, at: int) -> int:
        blanks = self._blanks.match(text, at)
        return blanks.end() if blanks else at


def _closing_quote(text: str, at: int) -> int:
    """Find the quote that closes a cell, past doubled ones; -1: not in this line."""
    while (at := text.find('"', at)) >= 0 and text.startswith('"', at + 1):
        at += 2
    return at
