"""What a handler answers, and how it is sent.

An answer is encoded once, by msgspec, and sent by itself as an ASGI application: Litestar's
responses would encode through hooks that nothing here needs.
"""

from __future__ import annotations

from collections.abc import AsyncIterable
from typing import Any

import msgspec
from litestar.types import Receive, Scope, Send

from mentorbooking.application.lists.reading import Listed
from mentorbooking.application.positions import LogPlace, position_token

_encode = msgspec.json.Encoder().encode

JSON = "application/json"

NO_STORE = (b"cache-control", b"no-store")
"""Answers tell what one caller may know at one moment (OWASP REST security cheat sheet)."""


class Answer(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """``body``: None, bytes as they are, an async iterable of bytes, else what becomes JSON.

    ``version`` becomes the entity tag, ``position`` the Event-Position. ``location`` is a path
    of this API, told with the path that the API is mounted at.
    """

    status: int = 200
    body: Any = None
    version: int | None = None
    position: LogPlace | None = None
    location: str | None = None
    content_type: str = JSON
    headers: tuple[tuple[str, str], ...] = ()


class Page(msgspec.Struct, frozen=True):
    """Where a list goes on. ``next_cursor`` is opaque; null on the last page."""

    next_cursor: str | None
    limit: int


def page_of(found: Listed, limit: int) -> Answer:
    """Tell a page of a list."""
    return Answer(body={"data": found.rows, "page": Page(found.next_cursor, limit)})


class Reply:
    """An answer that is ready to be sent."""

    __slots__ = ("body", "headers", "status")

    def __init__(
        self, status: int, headers: list[tuple[bytes, bytes]], body: bytes | AsyncIterable[bytes]
    ) -> None:
        self.status = status
        self.headers = headers
        self.body = body

    async def __call__(
        self,
        scope: Scope,
        receive: Receive,  # noqa: ARG002  Litestar passes it by name
        send: Send,
    ) -> None:
        body = self.body
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        if scope.get("method") == "HEAD":
            body = b""
        if not isinstance(body, bytes):
            async for chunk in body:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            body = b""
        await send({"type": "http.response.body", "body": body, "more_body": False})


def reply_with(answer: Answer, root_path: str) -> Reply:
    """Make an answer ready to be sent."""
    body = answer.body
    if body is None:
        content = b""
    elif isinstance(body, bytes) or hasattr(body, "__aiter__"):
        content = body
    else:
        content = _encode(body)
    headers = [(name.lower().encode(), value.encode()) for name, value in answer.headers]
    if body is not None:
        headers.append((b"content-type", answer.content_type.encode()))
    if isinstance(content, bytes) and answer.status != 204:
        headers.append((b"content-length", b"%d" % len(content)))
    if answer.version is not None:
        headers.append((b"etag", b'"%d"' % answer.version))
    if answer.position is not None:
        headers.append((b"event-position", position_token(answer.position).encode()))
    if answer.location is not None:
        headers.append((b"location", f"{root_path}{answer.location}".encode()))
    if not answer.headers or all(name != b"cache-control" for name, _ in headers):
        headers.append(NO_STORE)
    return Reply(answer.status, headers, content)
