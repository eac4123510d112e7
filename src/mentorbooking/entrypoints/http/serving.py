"""From declared operations to Litestar's routes, and what happens before a handler runs.

In this order: who is calling (401), may that role call it (403), the kind of body (415), its size
(413), is it JSON (400), is everything in it and in the query as it should be (422).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from litestar.connection import Request
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp, Method, Receive
from structlog.contextvars import bind_contextvars

from mentorbooking.application.authorisation import Access
from mentorbooking.application.context import user_actor
from mentorbooking.application.principal import Principal
from mentorbooking.domain.kernel.errors import FieldError, Forbidden, InvalidContent, Refused
from mentorbooking.domain.user_account.role import Role
from mentorbooking.entrypoints.decoding.decoder import Decoder
from mentorbooking.entrypoints.http.answer import Reply, reply_with
from mentorbooking.entrypoints.http.bodies import (
    LARGEST_BODY,
    read_body,
    require_json,
    require_size,
    require_uncoded,
)
from mentorbooking.entrypoints.http.call import Call
from mentorbooking.entrypoints.http.exchange import Exchange, exchange_of
from mentorbooking.entrypoints.http.operations import Endpoint, Operation, RefusedRequest
from mentorbooking.entrypoints.http.problems import refusal_reply
from mentorbooking.entrypoints.http.query import NoParameters, QueryDecoder
from mentorbooking.entrypoints.http.refusals import Unauthenticated
from mentorbooking.entrypoints.http.uploads import AROUND_THE_FILE, errors_of_form, form_boundary

Verify = Callable[[str, str], Awaitable[Principal]]
"""Tells whose the access token of a request is, by token and request id.

Raises a ``Refused`` with ``invalid-token``, or that the user pool can't be asked.
"""

Serve = Callable[[Request[Any, Any, Any]], Awaitable[ASGIApp]]


class UnknownAccess(Exception):
    """An operation is missing in the table of who may do what."""


def routes(
    endpoints: Iterable[Endpoint], *, core: Any, verify: Verify, access: Mapping[str, Access]
) -> list[HTTPRouteHandler]:
    """Make the routes of the endpoints. Raises ``UnknownAccess``."""
    handlers = []
    methods_of: dict[str, list[Method]] = {}
    for endpoint in endpoints:
        operation = endpoint.operation
        if operation.operation_id not in access:
            raise UnknownAccess(f"Who may call {operation.operation_id} is nowhere said.")
        methods: list[Method] = [operation.method]
        if operation.method == "GET":
            methods.append("HEAD")
        methods_of.setdefault(operation.path, ["OPTIONS"]).extend(methods)
        route = _route(operation.path, methods, operation.operation_id)
        serve = _serving(endpoint, core, verify, access[operation.operation_id])
        handlers.append(route(serve))
    # Litestar's own answer to OPTIONS knows one method of a path only; ours have to come first.
    options = [
        _route(path, ["OPTIONS"], f"options {path}")(_telling(methods))
        for path, methods in methods_of.items()
    ]
    return [*options, *handlers]


def _route(path: str, methods: Sequence[Method], name: str) -> HTTPRouteHandler:
    return HTTPRouteHandler(path, http_method=methods, name=name, status_code=200)


def _telling(methods: Sequence[Method]) -> Callable[[], Awaitable[ASGIApp]]:
    reply = Reply(204, [(b"allow", ", ".join(sorted(methods)).encode())], b"")

    async def tell() -> ASGIApp:
        return reply

    return tell


def _serving(endpoint: Endpoint, core: Any, verify: Verify, access: Access) -> Serve:
    operation = endpoint.operation
    reader = _Reader(operation)
    roles = frozenset(access.roles)

    async def serve(request: Request[Any, Any, Any]) -> ASGIApp:
        scope = request.scope
        exchange = exchange_of(scope)
        exchange.quiet = operation.quiet
        try:
            caller = None if operation.anonymous else await _caller(exchange, verify)
            bind_contextvars(request_id=exchange.request_id, actor=exchange.actor)
            if not access.anyone:
                _require_role(caller, roles)
            raw = await _raw_body(operation, exchange, request.receive)
            try:
                body, query = reader.read(raw, scope["query_string"])
            except InvalidContent as refusal:
                also_wrong = await _also_wrong(operation, caller, raw, request, core)
                raise InvalidContent(*refusal.errors, *also_wrong) from None
            call = Call(
                operation_id=operation.operation_id,
                request=request,
                exchange=exchange,
                core=core,
                caller=caller,
                path=scope["path_params"],
                body=body,
                query=query,
                raw=raw,
            )
            return reply_with(await endpoint.handle(call), exchange.root_path)
        except Refused as refusal:
            return refusal_reply(refusal, scope)

    return serve


class _Reader:
    """Reads the body and the query of an operation, and tells every error of both at once."""

    def __init__(self, operation: Operation) -> None:
        self._body = Decoder(operation.body).from_json if operation.body else None
        self._query = QueryDecoder(operation.query or NoParameters).decode

    def read(self, raw: bytes, query_string: bytes) -> tuple[Any, Any]:
        """Return both. Raises ``Malformed`` or ``InvalidContent``."""
        errors: list[FieldError] = []
        body: Any = None
        query: Any = None
        if self._body is not None:
            try:
                body = self._body(raw)
            except InvalidContent as refusal:
                errors.extend(refusal.errors)
        try:
            query = self._query(query_string)
        except InvalidContent as refusal:
            errors.extend(refusal.errors)
        if errors:
            raise InvalidContent(*errors)
        return body, query


async def _also_wrong(
    operation: Operation,
    caller: Principal | None,
    raw: bytes,
    request: Request[Any, Any, Any],
    core: Any,
) -> Iterable[FieldError]:
    """Return what a request would be refused for next time, if nothing but that was mended."""
    if operation.upload is not None:
        exchange = exchange_of(request.scope)
        return await errors_of_form(exchange, request.receive, operation.upload)
    if operation.also_wrong is None:
        return ()
    return operation.also_wrong(
        RefusedRequest(
            caller=caller,
            raw=raw,
            query_string=request.scope["query_string"],
            now=core.clock.now(),
            lanes=core.lanes,
        )
    )


async def _caller(exchange: Exchange, verify: Verify) -> Principal | None:
    """Return who calls, if they say so (RFC 6750, section 2.1)."""
    credentials = exchange.header(b"authorization")
    if credentials is None:
        return None
    scheme, _, token = credentials.partition(" ")
    if scheme.lower() != "bearer":
        return None
    principal = await verify(token.strip(), exchange.request_id)
    exchange.actor = user_actor(principal.user_id)
    return principal


def _require_role(caller: Principal | None, roles: Collection[Role]) -> None:
    if caller is None:
        raise Unauthenticated("Sign in first: this needs an access token.")
    if caller.role not in roles:
        raise Forbidden("This is not for your role.")


async def _raw_body(operation: Operation, exchange: Exchange, receive: Receive) -> bytes:
    """Return the body of an operation that decodes it; an optional one may be left out."""
    headers = exchange.headers
    if operation.upload is not None or operation.body is not None:
        require_uncoded(headers)
    if operation.upload is not None:
        form_boundary(exchange)
        require_size(headers, operation.upload.largest + AROUND_THE_FILE)
        return b""
    if operation.body is not None:
        require_json(headers)
    require_size(headers, LARGEST_BODY)
    if operation.body is None:
        return b""
    raw = await read_body(receive, LARGEST_BODY)
    return b"{}" if not raw and operation.body_optional else raw
