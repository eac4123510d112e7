"""The parts of the OpenAPI document that are the same for every operation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mentorbooking.entrypoints.http import examples

DESCRIPTION = (
    "Book sessions with mentors. Instants are RFC 3339 with an offset; answers are in UTC. "
    "Text is trimmed and in NFC. Unknown fields and parameters are refused. Ids are opaque. "
    "A command answers Event-Position; a list that is sent it as Min-Event-Position shows "
    "at least what the command did."
)

_POSITION = "(0|[1-9][0-9]{0,2}):(0|[1-9][0-9]{0,17})"

REQUEST_HEADERS: Mapping[str, tuple[str, dict[str, Any], str]] = {
    "X-Request-ID": (
        "Names the request in answers, logs and events. Taken if it is A-Z a-z 0-9 . _ - (1–64).",
        {"type": "string"},
        "tour-1",
    ),
    "If-Match": (
        "Entity tags of versions that the caller saw, one of which is the present one; or `*`.",
        {"type": "string"},
        '"3"',
    ),
    "Idempotency-Key": (
        "The same key, route and body within 24 hours: one effect, and one answer.",
        {"type": "string", "pattern": "^[!-~]{1,255}$"},
        "8e03978e-40d5-43e8-bc93-6894a57f9324",
    ),
    "Min-Event-Position": (
        "Wait, at most 2 seconds, until the list shows what happened up to there.",
        {"type": "string", "pattern": f"^{_POSITION}(,{_POSITION})*$"},
        "0:1234",
    ),
}

RESPONSE_HEADERS: Mapping[str, tuple[str, str]] = {
    "X-Request-ID": ("The id of the request.", "tour-1"),
    "ETag": ("The version, as If-Match takes it.", '"3"'),
    "Event-Position": (
        "Where in the log the command's events end: lane:position, comma-separated for several.",
        "0:1234",
    ),
    "Location": ("Where what was made or started is found.", "/bookings/booking_…"),
    "Idempotency-Replayed": ("The answer of an earlier request with the same key.", "true"),
    "WWW-Authenticate": ("How to authenticate (RFC 6750).", "Bearer"),
    "Retry-After": ("Seconds to wait.", "1"),
}

PROBLEM_SCHEMA: dict[str, Any] = {
    "title": "Problem",
    "description": "Problem details (RFC 9457). Some codes tell more, beside these.",
    "type": "object",
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string", "format": "uri-reference"},
        "code": {"type": "string", "description": "Stable, in kebab case."},
        "request_id": {"type": "string"},
        "errors": {
            "type": "array",
            "description": "Everything that is wrong with the content, at once.",
            "items": {
                "type": "object",
                "properties": {
                    "pointer": {"type": "string", "description": "Into the body (RFC 6901, 6)."},
                    "parameter": {"type": "string", "description": "Of the query."},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
                "required": ["code", "detail"],
            },
        },
    },
    "required": ["type", "title", "status", "detail", "instance", "code", "request_id"],
}

EXAMPLE_IDS: Mapping[str, str] = {
    name.lower(): value for name, value in vars(examples).items() if name.endswith("_ID")
}
"""What the parameters of paths may be, by name."""


def header_components() -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the headers of requests, as parameters, and those of answers."""
    parameters = {
        name: {
            "name": name,
            "in": "header",
            "required": False,
            "description": description,
            "schema": schema,
            "example": example,
        }
        for name, (description, schema, example) in REQUEST_HEADERS.items()
    }
    headers = {
        name: {"description": description, "schema": {"type": "string"}, "example": example}
        for name, (description, example) in RESPONSE_HEADERS.items()
    }
    return parameters, headers
