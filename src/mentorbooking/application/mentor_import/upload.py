"""What is known of a file before there is an import of it, or why there will be none.

One pass over the bytes. Quotes, delimiters and line ends are ASCII in both encodings, so rows
can be counted before the encoding is known, which is at the last byte.
"""

from __future__ import annotations

import codecs
import hashlib
from collections.abc import Iterable, Iterator

import msgspec

from mentorbooking.application.mentor_import.decoding import (
    Encoding,
    blocks,
    buffered,
    physical_lines,
)
from mentorbooking.application.mentor_import.dialect import (
    Delimiter,
    choose_delimiter,
    with_header_lines,
)
from mentorbooking.application.mentor_import.reading import read_records
from mentorbooking.application.mentor_import.refusals import EmptyFile, FileTooLarge, NotCsv
from mentorbooking.domain.mentor_import.events import FileWarning

MOST_BYTES = 10 * 1024 * 1024
MOST_ROWS = 50_000

_OTHER_FORMATS = {
    b"PK\x03\x04": "a spreadsheet or another zip archive",
    b"PK\x05\x06": "an empty zip archive",
    b"\xd0\xcf\x11\xe0": "a spreadsheet or another office document",
    b"\x89PNG": "an image",
    b"\xff\xd8\xff": "an image",
    b"GIF8": "an image",
    b"%PDF-": "a PDF document",
    b"\x1f\x8b": "a gzip archive",
    b"{\\rtf": "a text document",
    b"\xff\xfe": "UTF-16 text",
    b"\xfe\xff": "UTF-16 text",
}


class UploadedFile(msgspec.Struct, frozen=True):
    """``rows`` does not count the header. ``not_utf8_line`` is where UTF-8 was given up."""

    bytes: int
    sha256: str
    rows: int
    encoding: Encoding
    delimiter: Delimiter
    not_utf8_line: int | None = None

    @property
    def warnings(self) -> tuple[FileWarning, ...]:
        if self.not_utf8_line is None:
            return ()
        detail = "The file is not UTF-8 from this line on; all of it was read as Windows-1252."
        return (FileWarning("encoding-assumed", detail, line=self.not_utf8_line),)


def check_upload(chunks: Iterable[bytes]) -> UploadedFile:
    """Look a file over from end to end.

    Raises ``FileTooLarge`` (more than 10 MiB or 50,000 rows), ``NotCsv`` (another format, or NUL
    bytes) or ``EmptyFile`` (no rows), and stops reading as soon as it can.
    """
    source = buffered(chunks)
    _refuse_other_formats(source.peek(len(codecs.BOM_UTF8) + 8))
    seen = _Seen()
    header, lines = with_header_lines(physical_lines(seen.passing(blocks(source)), "latin-1"))
    delimiter = choose_delimiter(header)
    rows = -1
    for _record in read_records(lines, delimiter):
        rows += 1
        if rows > MOST_ROWS:
            raise FileTooLarge(f"An import takes at most {MOST_ROWS:,} rows.")
    if rows < 1:
        raise EmptyFile("There is no data in the file; a header and one row are the least.")
    return UploadedFile(
        bytes=seen.bytes,
        sha256=seen.sha256.hexdigest(),
        rows=rows,
        encoding=seen.encoding(),
        delimiter=delimiter,
        not_utf8_line=seen.not_utf8_line,
    )


def _refuse_other_formats(head: bytes) -> None:
    for magic, name in _OTHER_FORMATS.items():
        if head.startswith(magic):
            raise NotCsv(f"This is {name}; save it as CSV (UTF-8).")
    if head.removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"<"):
        raise NotCsv("This is XML or HTML; save it as CSV (UTF-8).")


class _Seen:
    """What can be told of the bytes themselves while they pass by."""

    def __init__(self) -> None:
        self.bytes = 0
        self.sha256 = hashlib.sha256()
        self.has_bom = False
        self.not_utf8_line: int | None = None
        self._utf8 = codecs.getincrementaldecoder("utf-8")()
        self._line = 1
        self._last_byte = b""

    def encoding(self) -> Encoding:
        if self.has_bom:
            return "utf-8-sig"
        return "utf-8" if self.not_utf8_line is None else "windows-1252"

    def passing(self, blocks: Iterable[bytes]) -> Iterator[bytes]:
        """Hand the blocks on without a byte order mark; raise where they are no CSV or too much."""
        for block in blocks:
            if b"\0" in block:
                raise NotCsv("There are NUL bytes in the file; save it as CSV (UTF-8).")
            is_first = not self.bytes
            self.bytes += len(block)
            if self.bytes > MOST_BYTES:
                raise FileTooLarge(f"An import takes at most {MOST_BYTES // 1024**2} MiB.")
            self.sha256.update(block)
            self.has_bom = self.has_bom or (is_first and block.startswith(codecs.BOM_UTF8))
            self._try_utf8(block)
            yield block.removeprefix(codecs.BOM_UTF8) if is_first else block
        self._try_utf8(b"", final=True)

    def _try_utf8(self, block: bytes, *, final: bool = False) -> None:
        if self.has_bom or self.not_utf8_line is not None:
            return
        try:
            self._utf8.decode(block, final)
        except UnicodeDecodeError as error:
            self.not_utf8_line = self._line + self._line_ends(error.object[: error.start])
        else:
            self._line += self._line_ends(block)
            self._last_byte = block[-1:]

    def _line_ends(self, block: bytes) -> int:
        """Count LF, CRLF and CR; a CRLF may have been cut in two by the edge of a block."""
        ends = block.count(b"\n") + block.count(b"\r") - block.count(b"\r\n")
        return ends - (self._last_byte == b"\r" and block.startswith(b"\n"))
