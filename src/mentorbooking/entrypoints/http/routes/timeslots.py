"""A mentor's time: what is open, and what the mentor offers."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import chain
from typing import Annotated, Literal

import msgspec

from mentorbooking.application.answers.slot import SlotAnswer, SlotsAnswer
from mentorbooking.application.lists.timeslots import ListTimeslots, SlotsAsked, errors_of_range
from mentorbooking.application.use_cases.calendar.add_timeslots import AddTimeslots
from mentorbooking.application.use_cases.calendar.remove_timeslot import RemoveTimeslot
from mentorbooking.application.use_cases.calendar.update_timeslot import UpdateTimeslot
from mentorbooking.domain.kernel.errors import FieldError, InvalidContent
from mentorbooking.domain.mentor_calendar.policies import errors_of
from mentorbooking.domain.scheduling.time_slot import TimeSlot
from mentorbooking.entrypoints.decoding.decoder import Decoder
from mentorbooking.entrypoints.decoding.fields import DurationMinutes, Instant, InstantBound, Limit
from mentorbooking.entrypoints.decoding.malformed import Malformed
from mentorbooking.entrypoints.http import examples
from mentorbooking.entrypoints.http.answer import Answer, Page, page_of
from mentorbooking.entrypoints.http.call import Call
from mentorbooking.entrypoints.http.operations import Operation, RefusedRequest, endpoint
from mentorbooking.entrypoints.http.query import QueryDecoder

TAG = "Time slots"
MOST_AT_ONCE = 100
COLLECTION = "/mentors/{mentor_id:str}/timeslots"
ONE = "/mentors/{mentor_id:str}/timeslots/{slot_id:str}"


class SlotTimes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When a slot is: from ``start`` until, but not including, ``end``."""

    start: Instant
    end: Instant


class NewSlots(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of them are added, or none."""

    slots: Annotated[list[SlotTimes], msgspec.Meta(min_length=1, max_length=MOST_AT_ONCE)]


class _Times(msgspec.Struct, frozen=True):
    """When a slot is, whatever else may be wrong with it."""

    start: Instant
    end: Instant


class _Slots(msgspec.Struct, frozen=True):
    slots: Annotated[list[msgspec.Raw], msgspec.Meta(max_length=MOST_AT_ONCE)]


_read_times = Decoder(_Times).from_json
_read_slots = msgspec.json.Decoder(_Slots).decode


def _errors_of_slot(refused: RefusedRequest) -> Iterable[FieldError]:
    """Return what is wrong with the times of a slot, if they can be read."""
    return _errors_of_times(refused.raw, refused.now, "#")


def _errors_of_slots(refused: RefusedRequest) -> Iterable[FieldError]:
    """Return what is wrong with the times of those slots that can be read."""
    try:
        slots = _read_slots(refused.raw).slots
    except msgspec.DecodeError:
        return ()
    return chain.from_iterable(
        _errors_of_times(bytes(slot), refused.now, f"#/slots/{number}")
        for number, slot in enumerate(slots)
    )


def _errors_of_times(raw: bytes, now: datetime, pointer: str) -> Iterable[FieldError]:
    try:
        times = _read_times(raw)
    except (InvalidContent, Malformed):
        return ()
    return errors_of(TimeSlot(times.start, times.end), pointer, now=now)


class SlotFilters(msgspec.Struct, frozen=True, rename={"from_": "from"}):
    """``from`` defaults to now, ``to`` to 31 days later; at most 62 days at a time."""

    from_: InstantBound | None = None
    to: InstantBound | None = None
    duration_minutes: DurationMinutes | None = None
    status: Literal["available", "booked", "all"] = "available"
    limit: Limit = 50
    cursor: str | None = None


class _Range(msgspec.Struct, frozen=True, rename={"from_": "from"}):
    from_: InstantBound | None = None
    to: InstantBound | None = None


_read_range = QueryDecoder(_Range).decode_what_is_known


def _errors_of_range(refused: RefusedRequest) -> Iterable[FieldError]:
    """Return what is wrong with the range, if its bounds can be read."""
    bounds = _read_range(refused.query_string)
    if bounds is None:
        return ()
    return errors_of_range(bounds.from_, bounds.to, now=refused.now)


class SlotList(msgspec.Struct, frozen=True):
    """By start, then id."""

    data: list[SlotAnswer]
    page: Page


@endpoint(
    Operation(
        method="GET",
        path=COLLECTION,
        operation_id="list_timeslots",
        summary="See when a mentor is free",
        description="Open slots of the future; the mentor and admins may ask for booked ones too.",
        tag=TAG,
        query=SlotFilters,
        also_wrong=_errors_of_range,
        answers={200: SlotList},
        refusals={
            400: ("invalid-cursor", "invalid-event-position"),
            403: ("not-yours",),
            404: ("not-found",),
            422: ("range-too-large",),
            503: ("projection-behind",),
        },
        accepts=("Min-Event-Position",),
        query_example={"duration_minutes": 45},
        answer_examples={200: examples.page_of(examples.SLOT)},
    )
)
async def list_timeslots(call: Call[None, SlotFilters]) -> Answer:
    given = call.query
    found = await call.core.lists.timeslots(
        ListTimeslots(
            caller=call.caller,
            asked=SlotsAsked(
                mentor_id=call.path["mentor_id"],
                start_from=given.from_,
                start_before=given.to,
                duration_minutes=given.duration_minutes,
                status=given.status,
            ),
            limit=given.limit,
            cursor=given.cursor,
            at_least=call.min_position,
        )
    )
    return page_of(found, given.limit)


@endpoint(
    Operation(
        method="POST",
        path=COLLECTION,
        operation_id="add_timeslots",
        summary="Offer time slots",
        description="1 to 100 slots of 5 minutes to 24 hours each; all of them or none.",
        tag=TAG,
        body=NewSlots,
        also_wrong=_errors_of_slots,
        answers={201: SlotsAnswer},
        refusals={
            403: ("not-yours",),
            404: ("not-found",),
            409: ("slot-overlap",),
            422: (
                "slot-in-past",
                "end-not-after-start",
                "slot-too-short",
                "slot-too-long",
                "too-much-at-once",
            ),
        },
        accepts=("Idempotency-Key",),
        sends=("Event-Position", "Idempotency-Replayed"),
        body_example={
            "slots": [{"start": "2026-12-01T16:00:00+01:00", "end": "2026-12-01T16:45:00+01:00"}]
        },
        answer_examples={201: {"data": [examples.SLOT]}},
    )
)
async def add_timeslots(call: Call[NewSlots, None]) -> Answer:
    command = AddTimeslots(
        caller=call.principal,
        mentor_id=call.path["mentor_id"],
        slots=tuple(TimeSlot(slot.start, slot.end) for slot in call.body.slots),
    )
    return await call.core.commanding(
        call,
        call.core.commands.add_timeslots,
        command,
        lambda slots: Answer(status=201, body=slots),
    )


@endpoint(
    Operation(
        method="PUT",
        path=ONE,
        operation_id="update_timeslot",
        summary="Move an open time slot",
        tag=TAG,
        body=SlotTimes,
        also_wrong=_errors_of_slot,
        answers={200: SlotAnswer},
        refusals={
            403: ("not-yours",),
            404: ("not-found",),
            409: ("slot-booked", "slot-overlap"),
            412: ("version-mismatch",),
            422: ("slot-in-past", "end-not-after-start", "slot-too-short", "slot-too-long"),
        },
        accepts=("If-Match",),
        sends=("ETag", "Event-Position"),
        body_example={"start": "2026-12-01T17:00:00Z", "end": "2026-12-01T17:45:00Z"},
        answer_examples={200: examples.SLOT},
    )
)
async def update_timeslot(call: Call[SlotTimes, None]) -> Answer:
    command = UpdateTimeslot(
        caller=call.principal,
        mentor_id=call.path["mentor_id"],
        slot_id=call.path["slot_id"],
        to=TimeSlot(call.body.start, call.body.end),
        if_match=call.if_match,
    )
    return await call.core.commanding(
        call,
        call.core.commands.update_timeslot,
        command,
        lambda updated: Answer(body=updated.slot, version=updated.version),
    )


@endpoint(
    Operation(
        method="DELETE",
        path=ONE,
        operation_id="remove_timeslot",
        summary="Take an open time slot back",
        tag=TAG,
        answers={204: None},
        refusals={
            403: ("not-yours",),
            404: ("not-found",),
            409: ("slot-booked",),
            412: ("version-mismatch",),
        },
        accepts=("If-Match",),
        sends=("Event-Position",),
    )
)
async def remove_timeslot(call: Call[None, None]) -> Answer:
    command = RemoveTimeslot(
        caller=call.principal,
        mentor_id=call.path["mentor_id"],
        slot_id=call.path["slot_id"],
        if_match=call.if_match,
    )
    return await call.core.commanding(
        call, call.core.commands.remove_timeslot, command, lambda _: Answer(status=204)
    )


ENDPOINTS = (list_timeslots, add_timeslots, update_timeslot, remove_timeslot)
