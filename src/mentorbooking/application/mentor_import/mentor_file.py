"""A file of mentors, row by row: what an import reads, however it is driven."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mentorbooking.application.mentor_import.columns import Columns, read_header
from mentorbooking.application.mentor_import.decoding import physical_lines
from mentorbooking.application.mentor_import.reading import Record, read_records
from mentorbooking.application.mentor_import.refusals import EmptyFile
from mentorbooking.application.mentor_import.row_reader import RowReader
from mentorbooking.application.mentor_import.rows import ParsedRow
from mentorbooking.application.mentor_import.upload import UploadedFile
from mentorbooking.domain.mentor_import.events import FileWarning


class MentorFile:
    """The header is read at once, the rows as they are asked for, once.

    Raises ``MissingColumn`` if the header is not one of mentors.
    """

    def __init__(self, chunks: Iterable[bytes], upload: UploadedFile) -> None:
        """``upload`` is what ``check_upload`` told of the same bytes."""
        self._records = records_of(chunks, upload)
        header = next(self._records, None)
        if header is None:
            raise EmptyFile("There is no data in the file.")
        self.columns: Columns = read_header(header.cells)
        self.warnings: tuple[FileWarning, ...] = upload.warnings + self.columns.warnings
        self._delimiter = upload.delimiter

    def rows(self) -> Iterator[ParsedRow]:
        """Read the rows that are left, in their order."""
        reader = RowReader(self.columns, self._delimiter)
        return map(reader.read, self._records)


def records_of(chunks: Iterable[bytes], upload: UploadedFile) -> Iterator[Record]:
    """Read a file without asking what it means: the header, then the rows."""
    return read_records(physical_lines(chunks, upload.encoding), upload.delimiter)
