"""What surrounds every request: its id, its line in the log, its measures, safe headers.

One ASGI application around Litestar, outside its error handling and its routing, so that it also
sees what was never routed. Of a request only the method and the route's template are logged and
measured: paths hold ids and queries hold signatures.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from time import perf_counter
from typing import Protocol

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from mentorbooking.entrypoints.http.access_log import AccessLog
from mentorbooking.entrypoints.http.exchange import Exchange, begin_exchange

_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_NOSNIFF = (b"x-content-type-options", b"nosniff")

NO_ROUTE = "(none)"
"""The route of what was never routed, and the method of what is no method."""

_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})


class Measure(Protocol):
    """Takes note of one answered request."""

    def __call__(self, method: str, route: str, status: int, seconds: float) -> None: ...


def random_request_id() -> str:
    """Make an id that nobody can guess."""
    return secrets.token_hex(12)


class RequestMiddleware:
    """``root_path`` is the path that the API is mounted at."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        measure: Measure,
        access_log: AccessLog | None,
        root_path: str = "",
        new_request_id: Callable[[], str] = random_request_id,
    ) -> None:
        self._app = app
        self._measure = measure
        self._access_log = access_log
        self._root_path = root_path
        self._new_request_id = new_request_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        started = perf_counter()
        headers = dict(scope["headers"])
        given = headers.get(b"x-request-id")
        if given is not None and _REQUEST_ID.fullmatch(given):
            request_id = given.decode()
        else:
            request_id = self._new_request_id()
        exchange = Exchange(request_id, headers, self._root_path)
        begin_exchange(scope, exchange)
        added = [(b"x-request-id", request_id.encode()), _NOSNIFF]
        status = 500

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], *added]
            await send(message)

        try:
            await self._app(scope, receive, send_with_headers)
        finally:
            seconds = perf_counter() - started
            method = scope["method"] if scope["method"] in _METHODS else NO_ROUTE
            route = scope.get("path_template") or NO_ROUTE
            self._measure(method, route, status, seconds)
            if self._access_log is not None and not exchange.quiet:
                self._access_log(
                    request_id=request_id,
                    actor=exchange.actor,
                    method=method,
                    route=route,
                    status=status,
                    ms=round(seconds * 1000, 2),
                )
