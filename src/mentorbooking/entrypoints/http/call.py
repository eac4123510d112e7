"""One call of an operation: what a handler may ask about the request."""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from litestar.connection import Request

from mentorbooking.application.positions import LogPlace, position_of
from mentorbooking.application.principal import Principal
from mentorbooking.application.use_cases.preconditions import Versions
from mentorbooking.entrypoints.http.exchange import Exchange
from mentorbooking.entrypoints.http.refusals import InvalidIdempotencyKey, Unauthenticated

if TYPE_CHECKING:  # what is behind it needs calls itself
    from mentorbooking.entrypoints.http.core import HttpCore

B = TypeVar("B")
Q = TypeVar("Q")

_IDEMPOTENCY_KEY = re.compile(r"[!-~]{1,255}")
_VERSION_TAG = re.compile(r'"(0|[1-9][0-9]{0,17})"')


class Call(Generic[B, Q]):
    """``body`` and ``query`` are decoded and clean; ``path`` is shared: read it only.

    ``raw`` is the body as it was sent; empty for operations that read none, and for uploads.
    """

    __slots__ = ("body", "caller", "core", "exchange", "operation_id", "path", "query", "raw",
                 "request")  # fmt: skip

    def __init__(
        self,
        *,
        operation_id: str,
        request: Request[Any, Any, Any],
        exchange: Exchange,
        core: HttpCore,
        caller: Principal | None,
        path: Mapping[str, str],
        body: B,
        query: Q,
        raw: bytes,
    ) -> None:
        self.operation_id = operation_id
        self.request = request
        self.exchange = exchange
        self.core = core
        self.caller = caller
        self.path = path
        self.body = body
        self.query = query
        self.raw = raw

    @property
    def principal(self) -> Principal:
        """The caller; raises ``Unauthenticated`` where an operation lets anyone in."""
        if self.caller is None:
            raise Unauthenticated("Sign in first.")
        return self.caller

    @property
    def request_id(self) -> str:
        return self.exchange.request_id

    @property
    def client(self) -> str:
        """The network address that calls; the server has put a trusted proxy's word in."""
        peer = self.request.scope["client"]
        return peer[0] if peer else ""

    @property
    def if_match(self) -> Versions | None:
        """The versions that If-Match names; None for any (RFC 9110, section 13.1.1).

        What can't be the tag of a version matches none. That holds for a weak tag, since the
        comparison is strong. Several lines are one list (section 5.3).
        """
        lines = [line for name, line in self.request.scope["headers"] if name == b"if-match"]
        named = b",".join(lines).decode("latin-1")
        if not lines or named.strip() == "*":
            return None
        tags = (_VERSION_TAG.fullmatch(tag.strip()) for tag in named.split(","))
        return frozenset(int(tag[1]) for tag in tags if tag)

    @property
    def min_position(self) -> LogPlace | None:
        """The place that a list has to have reached. Raises ``InvalidPosition``."""
        header = self.exchange.header(b"min-event-position")
        return None if header is None else position_of(header.strip(), self.core.lanes)

    @property
    def idempotency_key(self) -> str | None:
        """The key of a request that may be repeated. Raises ``InvalidIdempotencyKey``."""
        header = self.exchange.header(b"idempotency-key")
        if header is not None and not _IDEMPOTENCY_KEY.fullmatch(header):
            raise InvalidIdempotencyKey("An Idempotency-Key is 1 to 255 visible ASCII characters.")
        return header

    def fingerprint(self) -> bytes:
        """Hash what is asked: method, path, query and body (SHA-256)."""
        scope = self.request.scope
        line = f"{scope['method']} {scope['path']}?".encode()
        return sha256(line + scope["query_string"] + b"\n" + self.raw).digest()
