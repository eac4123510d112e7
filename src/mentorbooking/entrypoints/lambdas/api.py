"""The HTTP API behind API Gateway: an HTTP API with payloads of version 2.0.

A request keeps the id that its client gave it, else it gets the invocation's. Nothing is
projected here, and nothing sent: other functions do, and a list may wait for them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final, cast

import msgspec
import structlog
from mangum import Mangum
from mangum.adapter import DEFAULT_TEXT_MIME_TYPES
from mangum.types import ASGI
from mangum.types import LambdaContext as MangumContext

from mentorbooking.adapters.aws.failures import CALL_FAILED
from mentorbooking.application.ports.unavailable import Unavailable
from mentorbooking.application.trying_again.fault_notes import fault_note
from mentorbooking.entrypoints.aws.service import aws_service
from mentorbooking.entrypoints.http.build import build_app
from mentorbooking.entrypoints.http.problems import CONTENT_TYPE, problem_title, problem_type
from mentorbooking.entrypoints.lambdas.environment import Environment
from mentorbooking.entrypoints.lambdas.invocation import LambdaContext, invoked
from mentorbooking.entrypoints.settings import Settings

_NOT_OPEN: Final = "store-unavailable"

_log = structlog.get_logger(__name__)


@asynccontextmanager
async def _opening(settings: Settings) -> AsyncIterator[Mangum]:
    async with aws_service(settings, beside=(), projects=False) as service:
        app = cast("ASGI", build_app(service))
        text = [*DEFAULT_TEXT_MIME_TYPES, CONTENT_TYPE]
        yield Mangum(app, lifespan="off", text_mime_types=text)


_environment = Environment(_opening)


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer a request; 503 as long as nothing can be opened."""
    with invoked("api", _environment, context) as invocation:
        event.setdefault("headers", {}).setdefault("x-request-id", context.aws_request_id)
        try:
            answer = _environment.opened()(event, cast("MangumContext", context))
        except (Unavailable, *CALL_FAILED) as error:
            _log.error(
                "service_not_opened", request_id=context.aws_request_id, error=fault_note(error)
            )
            answer = _not_open(event, context)
        invocation.metrics.add(f"Answers{answer['statusCode'] // 100}xx")
        return answer


def _not_open(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Tell that this process has no store yet, as the application would."""

    problem = {
        "type": problem_type(_NOT_OPEN, _environment.settings.root_path),
        "title": problem_title(_NOT_OPEN),
        "status": 503,
        "detail": "The event store can't be reached now. Nothing was recorded.",
        "instance": event.get("rawPath", "/"),
        "code": _NOT_OPEN,
        "request_id": context.aws_request_id,
    }
    headers = {"content-type": CONTENT_TYPE, "cache-control": "no-store", "retry-after": "1"}
    return {
        "statusCode": 503,
        "headers": headers,
        "body": msgspec.json.encode(problem).decode(),
        "isBase64Encoded": False,
    }
