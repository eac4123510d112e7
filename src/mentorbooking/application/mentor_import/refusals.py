"""Why a file is refused before there is an import of it, and why an import fails as a whole."""

from __future__ import annotations

from mentorbooking.domain.kernel.errors import Refused


class FileTooLarge(Refused):
    """More bytes or rows than an import takes."""

    code = "file-too-large"


class NotCsv(Refused):
    """A spreadsheet, an image, or anything else that is not text."""

    code = "unsupported-media-type"


class EmptyFile(Refused):
    """Nothing to import: no bytes, only blanks, or a header without rows."""

    code = "empty-file"


class MissingColumn(Refused):
    """The header lacks a column without which no row can be read."""

    code = "missing-column"
