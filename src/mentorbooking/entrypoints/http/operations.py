"""How a route is declared: everything that the contract says of it stands in one place.

``@endpoint(Operation(…))`` above an async function of a ``Call`` makes an ``Endpoint``. From it
come the route, the checks before the function runs, and the operation's part of the OpenAPI
document. Who may call it is not said here: see ``application/authorisation.py``.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

import msgspec

from mentorbooking.application.principal import Principal
from mentorbooking.domain.kernel.errors import FieldError
from mentorbooking.entrypoints.http.answer import Answer
from mentorbooking.entrypoints.http.call import Call

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]

RequestHeader = Literal["If-Match", "Idempotency-Key", "Min-Event-Position"]
ResponseHeader = Literal["ETag", "Event-Position", "Location", "Idempotency-Replayed"]


@dataclass(frozen=True, slots=True)
class Media:
    """An answer that is not JSON; ``example`` is its text."""

    content_type: str
    example: str | None = None


@dataclass(frozen=True, slots=True)
class Upload:
    """A body that is a form with one file; ``largest`` counts the file's bytes."""

    field: str
    largest: int
    content_type: str
    example: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedRequest:
    """A request whose content was refused: who sent it, body and query as they were sent, when.

    ``lanes``: so many the log has.
    """

    caller: Principal | None
    raw: bytes
    query_string: bytes
    now: datetime
    lanes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation of the API.

    ``path`` is written as Litestar does, ``/bookings/{booking_id:str}``. ``answers`` maps the
    statuses of success to what is answered: a type, a ``Media``, or None for no content.
    ``refusals`` maps other statuses to the codes that are the operation's own; those that follow
    from the declaration (401, 403, 413, 415, 422, …) are added to the document by themselves.

    ``also_wrong`` is asked about a request whose content was refused: what rules say of those
    parts that can be read, and would say next time if the rest were mended.

    ``anonymous``: a token is not looked at, not even to find it expired. ``quiet``: calls are
    not logged.
    """

    method: Method
    path: str
    operation_id: str
    summary: str
    tag: str
    answers: Mapping[int, Any]
    description: str = ""
    body: type[msgspec.Struct] | None = None
    body_optional: bool = False
    also_wrong: Callable[[RefusedRequest], Iterable[FieldError]] | None = None
    upload: Upload | None = None
    query: type[msgspec.Struct] | None = None
    refusals: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    accepts: tuple[RequestHeader, ...] = ()
    sends: tuple[ResponseHeader, ...] = ()
    anonymous: bool = False
    quiet: bool = False
    body_example: Any = None
    query_example: Mapping[str, Any] = field(default_factory=dict)
    answer_examples: Mapping[int, Any] = field(default_factory=dict)


Handler = Callable[[Call[Any, Any]], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An operation and the function that carries it out."""

    operation: Operation
    handle: Handler

    def __call__(self, call: Call[Any, Any]) -> Awaitable[Answer]:
        return self.handle(call)


def endpoint(operation: Operation) -> Callable[[Handler], Endpoint]:
    """Declare the function below to carry out an operation."""
    return lambda handle: Endpoint(operation, handle)
