"""An operation that goes wrong in every way there is."""

from __future__ import annotations

from typing import Any

import msgspec

from mentorbooking.application.ports.aggregate_store import ConcurrentChange
from mentorbooking.application.ports.object_storage import StorageUnavailable
from mentorbooking.application.ports.throttle import TooManyRequests
from mentorbooking.application.ports.unavailable import PerhapsRecorded, StoreUnavailable
from mentorbooking.application.ports.user_pool import UserPoolUnavailable
from mentorbooking.domain.kernel.errors import Conflict, Forbidden, Refused
from mentorbooking.entrypoints.http.answer import Answer
from mentorbooking.entrypoints.http.call import Call
from mentorbooking.entrypoints.http.operations import Operation, endpoint
from tests.http.demo_operations import Kind


class SlotTaken(Conflict):
    code = "slot-taken"


def failures() -> dict[str, Exception]:
    return {
        "crash": RuntimeError("secret: hunter2"),
        "store": StoreUnavailable("disk full"),
        "perhaps": PerhapsRecorded("disk full"),
        "files": StorageUnavailable("disk full"),
        "pool": UserPoolUnavailable(5),
        "race": ConcurrentChange("booking_1"),
        "conflict": SlotTaken("Somebody was faster.", alternatives=[{"id": "slot_2"}]),
        "forbidden": Forbidden("No."),
        "throttled": _refused("too-many-requests", retry_after=30),
        "throttled-otherwise": TooManyRequests(7),
        "behind": _refused("projection-behind"),
        "credentials": _refused("invalid-credentials"),
        "cursor": _refused("invalid-cursor"),
        "other": _refused("some-rule"),
    }


def _refused(code: str, **extra: Any) -> Refused:
    refusal = Refused("It is so.", **extra)
    refusal.code = code  # type: ignore[misc]  # stands for a type of its own
    return refusal


class Which(msgspec.Struct, frozen=True):
    kind: str


@endpoint(
    Operation(
        method="GET",
        path="/fails",
        operation_id="fail",
        summary="Fail",
        tag="Failures",
        query=Which,
        answers={200: Kind},
        query_example={"kind": "crash"},
        answer_examples={200: {"kind": "none"}},
    )
)
async def fail(call: Call[None, Which]) -> Answer:
    raise failures()[call.query.kind]
