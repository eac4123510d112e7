"""Reading bodies: of the right kind, and never more than may be."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

from litestar.types import Receive

from mentorbooking.entrypoints.decoding.malformed import Malformed
from mentorbooking.entrypoints.http.refusals import ContentTooLarge, UnsupportedMediaType

LARGEST_BODY = 1024 * 1024
"""1 MiB, for everything but uploads."""


def require_json(headers: Mapping[bytes, bytes]) -> None:
    """Raise ``UnsupportedMediaType`` for a body that says it is something else than JSON.

    A body that does not say what it is is read as JSON: RFC 9110, section 8.3, lets us.
    """
    given = headers.get(b"content-type")
    if given is None or given == b"application/json":
        return
    kind, _, parameters = given.decode("latin-1").lower().partition(";")
    charset = parameters.replace(" ", "").replace('"', "")
    if kind.strip() != "application/json" or charset not in ("", "charset=utf-8"):
        raise UnsupportedMediaType("The body has to be application/json, in UTF-8.")


def require_uncoded(headers: Mapping[bytes, bytes]) -> None:
    """Raise ``UnsupportedMediaType`` for a body that is compressed (RFC 9110, section 8.4)."""
    coding = headers.get(b"content-encoding")
    if coding is not None and coding.strip().lower() not in (b"", b"identity"):
        raise UnsupportedMediaType("The body has to come as it is, without a Content-Encoding.")


def require_size(headers: Mapping[bytes, bytes], largest: int) -> None:
    """Raise ``ContentTooLarge`` for a body that says it is larger."""
    announced = headers.get(b"content-length")
    if announced is not None and announced.isdigit() and int(announced) > largest:
        raise _too_large(largest)


async def read_body(receive: Receive, largest: int) -> bytes:
    """Read a body whole. Raises ``ContentTooLarge`` as soon as it is."""
    message: Any = await receive()
    if message["type"] == "http.request" and not message.get("more_body", False):
        body: bytes = message["body"]
        if len(body) > largest:
            raise _too_large(largest)
        return body
    return b"".join([chunk async for chunk in _chunks_from(message, receive, largest)])


async def body_chunks(receive: Receive, largest: int) -> AsyncIterator[bytes]:
    """Read a body piece by piece. Raises ``ContentTooLarge`` as soon as it is."""
    async for chunk in _chunks_from(await receive(), receive, largest):
        yield chunk


async def _chunks_from(message: Any, receive: Receive, largest: int) -> AsyncIterator[bytes]:
    size = 0
    while message["type"] == "http.request":
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > largest:
            raise _too_large(largest)
        if chunk:  # an empty one says nothing, and parsers take it for the end
            yield chunk
        if not message.get("more_body", False):
            return
        message = await receive()
    raise Malformed("The body ended before it was whole.")


def _too_large(largest: int) -> ContentTooLarge:
    return ContentTooLarge(f"At most {largest:,} bytes.")
