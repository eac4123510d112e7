"""From chunks of bytes to physical lines, with memory for one chunk and one line.

A line ends in LF, CRLF or CR and keeps its end. Bytes that the encoding does not know become
lone surrogates (PEP 383), so that the cell they stand in can be named later.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

Encoding = Literal["utf-8", "utf-8-sig", "windows-1252", "latin-1"]

BLOCK_SIZE = 64 * 1024

LONGEST_LINE = 1024 * 1024
"""In characters. Of a longer line the rest is dropped; its row fails as ``too-long``."""

_UNDECODED = re.compile(r"[\udc80-\udcff]")


def is_undecoded(text: str) -> bool:
    """Tell whether there were bytes in ``text`` that are nothing in the file's encoding."""
    return not text.isascii() and _UNDECODED.search(text) is not None


def buffered(chunks: Iterable[bytes]) -> io.BufferedReader:
    """Read chunks of any size, one byte or the whole file, as a stream of even blocks."""
    return io.BufferedReader(_Chunks(chunks), BLOCK_SIZE)


def blocks(source: io.BufferedReader) -> Iterator[bytes]:
    """Return what a stream holds, block by block."""
    while block := source.read(BLOCK_SIZE):
        yield block


def physical_lines(chunks: Iterable[bytes], encoding: Encoding) -> Iterator[str]:
    """Decode chunks into lines, each with its own end; the last one may have none."""
    with io.TextIOWrapper(
        buffered(chunks), encoding=encoding, errors="surrogateescape", newline=""
    ) as text:
        line = text.readline(LONGEST_LINE)
        while line:
            yield line
            before, line = line, text.readline(LONGEST_LINE)
            while line and _goes_on(before, line):
                before, line = line, text.readline(LONGEST_LINE)


def _goes_on(before: str, line: str) -> bool:
    """Tell whether ``line`` is the rest of one that was cut, perhaps in the middle of CRLF."""
    was_cut = len(before) == LONGEST_LINE and not before.endswith("\n")
    return was_cut and (line == "\n" or not before.endswith("\r"))


class _Chunks(io.RawIOBase):
    """An iterable of bytes as a raw stream; fills what it is given, unlike a socket."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        target = memoryview(buffer).cast("B")
        filled = 0
        while filled < len(target):
            if not self._rest:
                chunk = next(self._chunks, None)
                if chunk is None:
                    break
                self._rest = memoryview(chunk)
                continue
            size = min(len(target) - filled, len(self._rest))
            target[filled : filled + size] = self._rest[:size]
            self._rest = self._rest[size:]
            filled += size
        return filled
