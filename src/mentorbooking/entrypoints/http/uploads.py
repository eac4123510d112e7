"""Files that come as a field of a multipart form (RFC 7578), kept off the memory."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from hashlib import sha256
from tempfile import SpooledTemporaryFile
from typing import IO, NamedTuple

from litestar.types import Receive
from multipart import (  # type: ignore[import-untyped]  # it ships no types
    MultipartError,
    MultipartSegment,
    ParserLimitReached,
    PushMultipartParser,
    parse_options_header,
)

from mentorbooking.domain.kernel.errors import FieldError, InvalidContent
from mentorbooking.entrypoints.decoding.malformed import Malformed
from mentorbooking.entrypoints.http.bodies import body_chunks
from mentorbooking.entrypoints.http.exchange import Exchange
from mentorbooking.entrypoints.http.operations import Upload
from mentorbooking.entrypoints.http.refusals import ContentTooLarge, UnsupportedMediaType

FORM = "multipart/form-data"
AROUND_THE_FILE = 64 * 1024
"""So much a form may hold beside its file."""

_IN_MEMORY = 256 * 1024
_LONGEST_NAME = 200


class UploadedFile(NamedTuple):
    """``content`` stands at its start, and is gone once the call has been answered."""

    name: str
    size: int
    sha256: str
    content: IO[bytes]


@asynccontextmanager
async def uploaded_file(
    exchange: Exchange, receive: Receive, *, field: str, largest: int
) -> AsyncIterator[UploadedFile]:
    """Receive the one file of a form.

    Raises ``UnsupportedMediaType``, ``Malformed``, ``ContentTooLarge`` or ``InvalidContent``.
    """
    parser = PushMultipartParser(
        form_boundary(exchange),
        max_segment_size=largest,
        max_segment_count=8,
        strict=True,
    )
    errors: list[FieldError] = []
    name: str | None = None
    digest = sha256()
    receiving = False
    with SpooledTemporaryFile(_IN_MEMORY) as content:
        try:
            with parser:
                async for chunk in body_chunks(receive, largest + AROUND_THE_FILE):
                    for event in parser.parse(chunk):
                        if isinstance(event, MultipartSegment):
                            receiving = event.name == field and name is None
                            if receiving:
                                name = _safe_name(event.filename or "")
                            else:
                                errors.append(_not_wanted(event.name or "", field))
                        elif event is not None and receiving:
                            content.write(event)
                            digest.update(event)
        except ParserLimitReached:
            raise ContentTooLarge(f"The file may have {largest:,} bytes at most.") from None
        except MultipartError:
            raise Malformed(f"The body is no {FORM} (RFC 7578).") from None
        if name is None:
            errors.append(FieldError(f"#/{field}", "missing-value", "Required: the file."))
        if errors or name is None:
            raise InvalidContent(*errors)
        size = content.tell()
        content.seek(0)
        yield UploadedFile(name, size, digest.hexdigest(), content)


async def errors_of_form(
    exchange: Exchange, receive: Receive, upload: Upload
) -> Iterable[FieldError]:
    """Receive a form for nothing but what is wrong with its fields. Raises what refuses it."""
    try:
        async with uploaded_file(exchange, receive, field=upload.field, largest=upload.largest):
            return ()
    except InvalidContent as refusal:
        return refusal.errors


def form_boundary(exchange: Exchange) -> str:
    """Return what divides the parts of a form. Raises ``UnsupportedMediaType``."""
    kind, options = parse_options_header(exchange.header(b"content-type") or "")
    if kind != FORM or not options.get("boundary"):
        raise UnsupportedMediaType(f"The body has to be {FORM}, with a boundary.")
    return str(options["boundary"])


def _not_wanted(name: str, field: str) -> FieldError:
    if name == field:
        return FieldError(f"#/{field}", "too-many-items", "One file at a time.")
    return FieldError("#", "unknown-field", f"The form has one field, {field}.")


def _safe_name(name: str) -> str:
    """Keep of a file's name what can be shown: no folders, no control characters."""
    base = re.split(r"[/\\]", name)[-1]
    return "".join(letter for letter in base if letter.isprintable()).strip()[:_LONGEST_NAME]
