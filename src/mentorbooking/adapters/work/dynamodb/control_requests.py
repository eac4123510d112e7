"""``ControlRequests`` in the work table.

``control#open`` has an item per action and subject, so that there is one request of a kind; it
is read whole, for there are no more kinds than projections. What is over moves to
``control#over``, by its id, and expires.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from msgspec.structs import replace

from mentorbooking.adapters.work.dynamodb.overtaken import unless_overtaken
from mentorbooking.adapters.work.dynamodb.table import WorkTable
from mentorbooking.adapters.work.dynamodb.values import (
    EXPIRES,
    Key,
    decoded,
    encoded,
    in_order,
    seconds,
    value,
)
from mentorbooking.adapters.work.dynamodb.writes import NEW, Write, delete, put, update
from mentorbooking.application.ports.control_requests import (
    ControlRequest,
    ControlRequests,
    ControlState,
)

REMEMBERED: Final = timedelta(days=30)

_OPEN: Final = "control#open"
_AS_SEEN: Final = "#id = :id AND #state = :seen"


@dataclass(frozen=True, slots=True)
class DynamoDBControlRequests(ControlRequests):
    table: WorkTable

    async def ask(self, action: str, subject: str, *, now: datetime) -> ControlRequest:
        key = _open_key(action, subject)

        async def attempt() -> ControlRequest | None:
            if known := await self.table.get(key):
                return decoded(known, ControlRequest)
            asked = ControlRequest(
                id=await self.table.next_number("control"),
                action=action,
                subject=subject,
                state=ControlState.REQUESTED,
                requested_at=now,
            )
            return asked if await self.table.write(put(encoded(key, asked), NEW)) else None

        return await unless_overtaken(attempt)

    async def get(self, request_id: int) -> ControlRequest | None:
        if request := await self._open_one(request_id):
            return request
        item = await self.table.get(_over_key(request_id))
        return decoded(item, ControlRequest) if item else None

    async def take(self, actions: Collection[str]) -> ControlRequest | None:
        for request in await self._open():
            if request.state is ControlState.REQUESTED and request.action in actions:
                taken = replace(request, state=ControlState.RUNNING)
                if await self.table.write(_changed(request, taken)):
                    return taken
        return None

    async def report(self, request_id: int, *, done: int, total: int) -> None:
        if request := await self._open_one(request_id):
            await self.table.write(
                update(
                    _open_key(request.action, request.subject),
                    "SET #done = :done, #total = :total",
                    _AS_SEEN,
                    id=request_id,
                    seen=ControlState.RUNNING,
                    done=done,
                    total=total,
                )
            )

    async def finish(self, request_id: int, *, now: datetime, error: str | None = None) -> None:
        state = ControlState.FAILED if error else ControlState.DONE

        async def attempt() -> bool | None:
            request = await self._open_one(request_id)
            if request is None:
                return True
            over = replace(request, state=state, finished_at=now, error=error)
            return await self.table.transact(_moved(request, over)) or None

        await unless_overtaken(attempt)

    async def resume(self) -> None:
        for request in await self._open():
            if request.state is ControlState.RUNNING:
                again = replace(request, state=ControlState.REQUESTED, done=0, total=0)
                await self.table.write(_changed(request, again))

    async def _open(self) -> Sequence[ControlRequest]:
        """Return what is not over, the oldest first."""
        items = await self.table.query(_OPEN)
        return sorted((decoded(item, ControlRequest) for item in items), key=lambda each: each.id)

    async def _open_one(self, request_id: int) -> ControlRequest | None:
        return next((each for each in await self._open() if each.id == request_id), None)


def _changed(before: ControlRequest, after: ControlRequest) -> Write:
    key = _open_key(before.action, before.subject)
    return put(encoded(key, after), _AS_SEEN, id=before.id, seen=before.state)


def _moved(before: ControlRequest, over: ControlRequest) -> list[Write]:
    key = _open_key(before.action, before.subject)
    expires = {EXPIRES: value(seconds((over.finished_at or over.requested_at) + REMEMBERED))}
    return [
        delete(key, _AS_SEEN, id=before.id, seen=before.state),
        put(encoded(_over_key(over.id), over) | expires),
    ]


def _open_key(action: str, subject: str) -> Key:
    return Key(_OPEN, f"{action}#{subject}")


def _over_key(request_id: int) -> Key:
    return Key("control#over", in_order(request_id))
