"""One request and its answer, as everything around the handlers sees them."""

from __future__ import annotations

from litestar.types import Scope

_KEY = "mentorbooking_exchange"


class Exchange:
    """``headers`` are the request's, by lower-case name; of a repeated one, the last."""

    __slots__ = ("actor", "headers", "quiet", "request_id", "root_path")

    def __init__(self, request_id: str, headers: dict[bytes, bytes], root_path: str) -> None:
        self.request_id = request_id
        self.headers = headers
        self.root_path = root_path
        self.actor = "anonymous"
        self.quiet = False

    def header(self, name: bytes) -> str | None:
        """Return a header of the request."""
        value = self.headers.get(name)
        return None if value is None else value.decode("latin-1")


def begin_exchange(scope: Scope, exchange: Exchange) -> None:
    """Let everything that sees this request find its exchange."""
    scope.setdefault("state", {})[_KEY] = exchange


def exchange_of(scope: Scope) -> Exchange:
    """Return the exchange of a request that came through the middleware."""
    exchange: Exchange = scope["state"][_KEY]
    return exchange
