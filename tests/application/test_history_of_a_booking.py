"""The history of a booking is its stream, told to those who may know of it."""

from __future__ import annotations

import pytest
from msgspec import UNSET

from mentorbooking.application.answers.booking_history import Actor, Change, HistoryEntry
from mentorbooking.application.context import Metadata
from mentorbooking.application.principal import Principal
from mentorbooking.application.use_cases.bookings.get_booking_history import (
    GetBookingHistory,
    GetBookingHistoryHandler,
)
from mentorbooking.domain.booking.events import BookingCancelled, BookingCreated, Party
from mentorbooking.domain.kernel.errors import NotFound
from mentorbooking.domain.student_calendar.events import SessionAdded
from mentorbooking.domain.user_account.account import UserAccount
from mentorbooking.domain.user_account.events import AccountRegistered
from mentorbooking.domain.user_account.role import Role
from tests.support.fixed import BOOKING, HOUR, MENTOR, NOW, STUDENT, USER, slot
from tests.support.memory_log import MemoryAggregates, MemoryLog

pytestmark = pytest.mark.anyio

CREATED = BookingCreated(
    at=NOW, mentor_id=MENTOR, student_id=STUDENT, slot_id="slot_1", slot=slot(days=1), title="C++"
)
CANCELLED = BookingCancelled(at=NOW + HOUR, cancelled_by=Party.MENTOR, reason="ill")
BY_STUDENT = Metadata(actor=f"user:{USER}", channel="http", correlation_id="a")
BY_NOBODY = Metadata(actor="system", channel="job", correlation_id="b")
OPERATOR = Principal("user_operator", Role.OPERATOR)


@pytest.fixture
def log() -> MemoryLog:
    return MemoryLog()


async def history(log: MemoryLog, caller: Principal = OPERATOR) -> list[HistoryEntry]:
    handler = GetBookingHistoryHandler(MemoryAggregates(log), log)
    return (await handler(GetBookingHistory(caller=caller, booking_id=BOOKING))).data


async def test_each_event_tells_who_did_what_and_what_it_changed(log: MemoryLog) -> None:
    log.append(STUDENT, SessionAdded(at=NOW, booking_id=BOOKING, slot=slot(days=1)))
    log.append(BOOKING, CREATED, metadata=BY_STUDENT)
    log.append("booking_2", CREATED)
    log.append(BOOKING, CANCELLED, metadata=BY_NOBODY)
    created, cancelled = await history(log)
    first, last = (recorded.event_id for recorded in await log.read_stream(BOOKING))
    assert created == HistoryEntry(
        event_id=first,
        position="0:2",
        type="booking.created",
        occurred_at=NOW,
        actor=Actor("user", USER, None),
        channel="http",
        changes={
            "mentor_id": Change(None, MENTOR),
            "student_id": Change(None, STUDENT),
            "slot_id": Change(None, "slot_1"),
            "start": Change(None, "2026-09-02T09:00:00Z"),
            "end": Change(None, "2026-09-02T10:00:00Z"),
            "title": Change(None, "C++"),
            "status": Change(None, "confirmed"),
        },
    )
    assert cancelled == HistoryEntry(
        event_id=last,
        position="0:4",
        type="booking.cancelled",
        occurred_at=NOW + HOUR,
        actor=Actor("system", None, None),
        channel="job",
        reason="ill",
        changes={
            "status": Change("confirmed", "cancelled"),
            "cancelled_by": Change(None, "mentor"),
        },
    )


async def test_a_cancellation_without_a_reason_has_none(log: MemoryLog) -> None:
    log.append(BOOKING, CREATED, BookingCancelled(at=NOW, cancelled_by=Party.STUDENT))
    assert (await history(log))[1].reason is UNSET


async def test_a_user_is_told_by_the_name_of_today(log: MemoryLog) -> None:
    log.append(
        UserAccount.stream_of(USER),
        AccountRegistered(
            at=NOW, email="ada@example.org", name="Ada", role=Role.STUDENT, time_zone="UTC"
        ),
    )
    log.append(BOOKING, CREATED, metadata=BY_STUDENT)
    assert (await history(log))[0].actor == Actor("user", USER, "Ada")


async def test_a_stranger_learns_nothing(log: MemoryLog) -> None:
    log.append(BOOKING, CREATED)
    with pytest.raises(NotFound):
        await history(log, Principal("user_2", Role.STUDENT, student_id="student_2"))


async def test_an_unknown_booking_has_no_history(log: MemoryLog) -> None:
    with pytest.raises(NotFound):
        await history(log)
