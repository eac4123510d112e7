"""Refusals as problem details (RFC 9457), and which status each one has.

``type`` is a reference to the reading page, where every code has its place. The refusals of the
framework (no such path, no such method) are told the same way. A failure of our own tells the
request id, under which the log tells the rest, and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import msgspec
import structlog
from litestar.connection import Request
from litestar.exceptions import HTTPException
from litestar.response import Response
from litestar.types import ASGIApp, ExceptionHandlersMap, Receive, Scope, Send

from mentorbooking.application.ports.aggregate_store import ConcurrentChange
from mentorbooking.application.ports.unavailable import Unavailable
from mentorbooking.application.trying_again.fault_notes import fault_note
from mentorbooking.domain.kernel.errors import (
    Conflict,
    FieldError,
    Forbidden,
    InvalidContent,
    NotFound,
    Refused,
    VersionMismatch,
)
from mentorbooking.entrypoints.http.answer import NO_STORE, Reply
from mentorbooking.entrypoints.http.exchange import exchange_of

CONTENT_TYPE = "application/problem+json"

STATUS_OF_CODE: Mapping[str, int] = {
    "malformed": 400,
    "invalid-cursor": 400,
    "invalid-event-position": 400,
    "invalid-idempotency-key": 400,
    "unauthenticated": 401,
    "invalid-token": 401,
    "invalid-credentials": 401,
    "invalid-refresh-token": 401,
    "invalid-link": 403,
    "content-too-large": 413,
    "file-too-large": 413,
    "unsupported-media-type": 415,
    "too-many-requests": 429,
    "idempotency-in-progress": 409,
    "projection-behind": 503,
}
"""Where the kind of a refusal does not tell its status."""

STATUS_OF_KIND: Mapping[type[Refused], int] = {
    NotFound: 404,
    Forbidden: 403,
    Conflict: 409,
    VersionMismatch: 412,
    InvalidContent: 422,
    Refused: 422,
}

_FRAMEWORK = {
    400: ("bad-request", "The request can't be understood."),
    404: ("not-found", "There is nothing at this path."),
    405: ("method-not-allowed", "What is at this path does not take this method; see Allow."),
    408: ("request-timeout", "The request did not come to its end in time."),
    413: ("content-too-large", "The content is larger than it may be."),
    431: ("headers-too-large", "Address and headers are larger than they may be together."),
}
"""Code and detail of what Litestar and the server refuse; their own words may repeat what was
sent."""


def status_of(refusal: Refused) -> int:
    """Return the status that tells this refusal."""
    status = STATUS_OF_CODE.get(refusal.code)
    if status is None:
        status = next(
            STATUS_OF_KIND[kind] for kind in type(refusal).__mro__ if kind in STATUS_OF_KIND
        )
    return status


def problem_type(code: str, root_path: str = "") -> str:
    """Return the URI reference that stands for a code."""
    return f"{root_path}/docs#{code}"


def problem_title(code: str) -> str:
    """Return a code in words."""
    return code.replace("-", " ").capitalize()


def told_error(error: FieldError) -> dict[str, str]:
    """Tell one error: by a pointer into the body, or by the name of a query parameter."""
    place = "pointer" if error.pointer.startswith("#") else "parameter"
    return {place: error.pointer, "code": error.code, "detail": error.detail}


def refusal_reply(refusal: Refused, scope: Scope) -> Reply:
    """Tell a refusal; what it tells beside its detail stands beside it."""
    extra = dict(refusal.extra)
    if isinstance(refusal, InvalidContent):
        extra["errors"] = [told_error(error) for error in refusal.errors]
    wait = getattr(refusal, "retry_after_seconds", extra.get("retry_after", 1))
    return problem_reply(
        scope, status_of(refusal), refusal.code, refusal.detail, extra, retry_after=wait
    )


def problem_reply(
    scope: Scope,
    status: int,
    code: str,
    detail: str,
    extra: Mapping[str, Any] | None = None,
    *,
    retry_after: int = 1,
    headers: Mapping[str, str] | None = None,
) -> Reply:
    """Tell a problem, with the headers that belong to its status. ``retry_after``: seconds."""
    exchange = exchange_of(scope)
    content = msgspec.json.encode(
        {
            "type": problem_type(code, exchange.root_path),
            "title": problem_title(code),
            "status": status,
            "detail": detail,
            "instance": quote(scope["path"], safe="/:@!$&'()*+,;=~"),
            "code": code,
            "request_id": exchange.request_id,
            **(extra or {}),
        },
        enc_hook=str,
    )
    all_headers = [
        (b"content-type", CONTENT_TYPE.encode()),
        (b"content-length", b"%d" % len(content)),
        NO_STORE,
    ]
    if status == 401:
        challenge = 'Bearer error="invalid_token"' if code == "invalid-token" else "Bearer"
        all_headers.append((b"www-authenticate", challenge.encode()))
    if status in (429, 503):
        all_headers.append((b"retry-after", b"%d" % max(1, retry_after)))
    all_headers += [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
    return Reply(status, all_headers, content)


def refusing(status: int) -> ASGIApp:
    """Make an application that refuses whatever comes: what the server could not read."""
    code, detail = _FRAMEWORK[status]

    async def refuse(scope: Scope, receive: Receive, send: Send) -> None:
        await problem_reply(scope, status, code, detail)(scope, receive, send)

    return refuse


class _Told(Response[None]):
    """A reply where Litestar wants a response."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(None, status_code=reply.status)
        self._reply = reply

    def to_asgi_response(self, *_: Any, **__: Any) -> Any:
        return self._reply


def _framework_refusal(request: Request[Any, Any, Any], refusal: HTTPException) -> Response[None]:
    status = refusal.status_code
    if status >= 500:
        return _failure(request, refusal)
    phrase = HTTPStatus(status).phrase
    code, detail = _FRAMEWORK.get(status, (phrase.lower().replace(" ", "-"), f"{phrase}."))
    headers = {}
    if status == 405:
        allowed = (refusal.headers or {}).get("allow", "")
        headers["Allow"] = ", ".join(sorted(allowed.replace(" ", "").split(",")))
    return _Told(problem_reply(request.scope, status, code, detail, headers=headers))


def _log_failure(event: str, request: Request[Any, Any, Any], failure: Exception) -> None:
    exchange = exchange_of(request.scope)
    structlog.get_logger().error(
        event, request_id=exchange.request_id, actor=exchange.actor, exc_info=failure
    )


def _failure(request: Request[Any, Any, Any], failure: Exception) -> Response[None]:
    _log_failure("request_failed", request, failure)
    detail = "Something failed on our side. The request id tells us what."
    return _Told(problem_reply(request.scope, 500, "internal-error", detail))


def _refusal(request: Request[Any, Any, Any], refusal: Refused) -> Response[None]:
    return _Told(refusal_reply(refusal, request.scope))


def _unavailable(request: Request[Any, Any, Any], failure: Unavailable) -> Response[None]:
    """Log a line without a traceback: as long as it lasts, every request comes here."""
    exchange = exchange_of(request.scope)
    structlog.get_logger().error(
        "dependency_unavailable",
        code=failure.code,
        request_id=exchange.request_id,
        actor=exchange.actor,
        error=fault_note(failure),
    )
    wait = failure.retry_after_seconds
    return _Told(problem_reply(request.scope, 503, failure.code, failure.detail, retry_after=wait))


def _too_busy(request: Request[Any, Any, Any], _: ConcurrentChange) -> Response[None]:
    detail = "Too many others changed the same thing. Nothing was recorded."
    return _Told(problem_reply(request.scope, 503, "too-busy", detail))


EXCEPTION_HANDLERS: ExceptionHandlersMap = {
    Refused: _refusal,
    Unavailable: _unavailable,
    ConcurrentChange: _too_busy,
    HTTPException: _framework_refusal,
    Exception: _failure,
}
