"""The refusals that follow from how an operation is declared, and words for their examples."""

from __future__ import annotations

from collections.abc import Mapping

from mentorbooking.application.authorisation import Access
from mentorbooking.entrypoints.http.operations import Operation, RequestHeader

_OF_HEADERS: Mapping[RequestHeader, Mapping[int, tuple[str, ...]]] = {
    "If-Match": {412: ("version-mismatch",)},
    "Idempotency-Key": {
        400: ("invalid-idempotency-key",),
        409: ("idempotency-in-progress",),
        422: ("idempotency-key-reused",),
    },
    "Min-Event-Position": {400: ("invalid-event-position",), 503: ("projection-behind",)},
}

_OF_BODIES: Mapping[int, tuple[str, ...]] = {
    400: ("malformed",),
    413: ("content-too-large",),
    415: ("unsupported-media-type",),
}

_EVERYWHERE: Mapping[int, tuple[str, ...]] = {422: ("invalid-content",)}

_SIGNED_IN: Mapping[int, tuple[str, ...]] = {
    401: ("unauthenticated", "invalid-token"),
    403: ("forbidden",),
}

_TOKEN_LOOKED_AT: Mapping[int, tuple[str, ...]] = {401: ("invalid-token",)}

OF_EVERY_OPERATION: Mapping[int, tuple[str, ...]] = {
    400: ("bad-request",),
    405: ("method-not-allowed",),
    408: ("request-timeout",),
    431: ("headers-too-large",),
    500: ("internal-error",),
    503: ("store-unavailable", "storage-unavailable", "user-pool-unavailable", "too-busy"),
}
"""What any request may be answered; the document tells them as the default answer."""

_DETAILS = {
    "content-too-large": "At most 1,048,576 bytes.",
    "request-timeout": "The request did not come to its end in time.",
    "headers-too-large": "Address and headers are larger than they may be together.",
    "forbidden": "This is not for your role.",
    "idempotency-in-progress": "A request with this key is still running.",
    "idempotency-key-reused": "Another request was made with this key.",
    "invalid-content": "The content is not valid; see errors.",
    "malformed": "The body is not JSON (RFC 8259) in UTF-8.",
    "unauthenticated": "Sign in first: this needs an access token.",
    "unsupported-media-type": "The body has to be application/json, in UTF-8.",
    "version-mismatch": "It has changed meanwhile: its version is 4.",
}


def refusals_of(operation: Operation, access: Access) -> dict[int, tuple[str, ...]]:
    """Return the codes that an operation may answer with, by status, its own ones last."""
    sources = [_EVERYWHERE]
    if not access.anyone:
        sources.append(_SIGNED_IN)
    elif not operation.anonymous:
        sources.append(_TOKEN_LOOKED_AT)
    if operation.body is not None or operation.upload is not None:
        sources.append(_OF_BODIES)
    sources += [_OF_HEADERS[header] for header in operation.accepts]
    sources.append(operation.refusals)
    codes: dict[int, dict[str, None]] = {}
    for source in sources:
        for status, added in source.items():
            codes.setdefault(status, {}).update(dict.fromkeys(added))
    return {status: tuple(codes[status]) for status in sorted(codes)}


def example_detail(code: str) -> str:
    """Return what a refusal with this code may say."""
    return _DETAILS.get(code) or f"{code.replace('-', ' ').capitalize()}."
