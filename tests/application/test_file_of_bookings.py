"""The CSV of bookings as of a position: exact, whatever happened later."""

from __future__ import annotations

import csv
import io
import random
from contextlib import closing
from hashlib import sha256
from typing import Any

import pytest

from mentorbooking.adapters.export_scratch.sqlite import SQLiteExportScratch
from mentorbooking.application.bookings_export.folding import BATCH, BookingsFile
from mentorbooking.domain.bookings_export.events import ExportFilter
from mentorbooking.domain.mentor.profile import ProfileChanges
from mentorbooking.domain.student_calendar.events import SessionRemoved
from tests.support.booked_history import (
    add_mentor,
    book,
    cancel,
    change_mentor,
    random_history,
    register_student,
    rename_student,
)
from tests.support.fixed import HOUR, NOW
from tests.support.memory_log import MemoryLog

pytestmark = pytest.mark.anyio


@pytest.fixture
def log() -> MemoryLog:
    return MemoryLog()


async def file_of(log: MemoryLog, up_to: int | None = None, **wanted: Any) -> bytes:
    raw = wanted.pop("raw", False)
    with closing(SQLiteExportScratch()) as scratch:
        file = BookingsFile(
            log,
            scratch,
            up_to=await log.head() if up_to is None else up_to,
            wanted=ExportFilter(**wanted),
            raw=raw,
        )
        async for _ in file.fold():
            pass
        return b"".join([block async for block in file.blocks()])


async def rows_of(log: MemoryLog, up_to: int | None = None, **wanted: Any) -> list[dict[str, str]]:
    text = (await file_of(log, up_to, **wanted)).decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


async def ids_of(log: MemoryLog, **wanted: Any) -> list[str]:
    return [row["booking_id"] for row in await rows_of(log, **wanted)]


async def test_a_booking_is_a_row_with_names_and_the_mentors_wall_clock(log: MemoryLog) -> None:
    register_student(log, 1, "Ada")
    add_mentor(log, 1, "Grace", time_zone="Europe/Berlin")
    book(log, 1)
    cancel(log, 1, "I am ill")

    assert await rows_of(log) == [
        {
            "booking_id": "booking_000001",
            "status": "cancelled",
            "student_id": "student_1",
            "student_name": "Ada",
            "mentor_id": "mentor_1",
            "mentor_name": "Grace",
            "title": "Career talk",
            "start_utc": "2026-09-02T09:00:00Z",
            "end_utc": "2026-09-02T10:00:00Z",
            "start_local": "2026-09-02T11:00:00+02:00",
            "end_local": "2026-09-02T12:00:00+02:00",
            "time_zone": "Europe/Berlin",
            "duration_minutes": "60",
            "created_at": "2026-09-01T09:00:00Z",
            "cancelled_at": "2026-09-01T10:00:00Z",
            "cancelled_by": "student",
            "cancellation_reason": "I am ill",
        }
    ]


async def test_without_bookings_there_is_a_header_alone(log: MemoryLog) -> None:
    assert (await file_of(log)).startswith(b"booking_id,status,")
    assert await rows_of(log) == []


async def test_rows_are_sorted_by_start_then_id(log: MemoryLog) -> None:
    for number, hours in [(3, 30), (2, 40), (1, 30), (4, 20)]:
        book(log, number, hours=hours)

    assert await ids_of(log) == [
        "booking_000004",
        "booking_000001",
        "booking_000003",
        "booking_000002",
    ]


async def test_names_and_states_are_those_of_the_position(log: MemoryLog) -> None:
    register_student(log, 1, "Ada")
    add_mentor(log, 1, "Grace")
    book(log, 1)
    then = await log.head()
    rename_student(log, 1, "Ada Lovelace")
    change_mentor(log, 1, ProfileChanges(name="Grace Hopper", time_zone="America/New_York"))
    cancel(log, 1)
    book(log, 2)

    (was,) = await rows_of(log, then)
    now, _ = await rows_of(log)

    assert [was[c] for c in ("student_name", "mentor_name", "time_zone", "status")] == [
        "Ada",
        "Grace",
        "UTC",
        "confirmed",
    ]
    assert [now[c] for c in ("student_name", "mentor_name", "time_zone", "status")] == [
        "Ada Lovelace",
        "Grace Hopper",
        "America/New_York",
        "cancelled",
    ]


async def test_filters_choose_by_start_status_and_mentor(log: MemoryLog) -> None:
    for number in (1, 2, 3):
        book(log, number, hours=number, mentor=number)
    cancel(log, 2)

    assert await ids_of(log, start_from=NOW + 2 * HOUR) == ["booking_000002", "booking_000003"]
    assert await ids_of(log, start_before=NOW + 2 * HOUR) == ["booking_000001"]
    assert await ids_of(log, status="cancelled") == ["booking_000002"]
    assert await ids_of(log, mentor_id="mentor_3") == ["booking_000003"]
    assert await ids_of(log, status="confirmed", mentor_id="mentor_2") == []


async def test_formulas_are_harmless_unless_raw_is_asked_for(log: MemoryLog) -> None:
    book(log, 1, title="=HYPERLINK()")

    assert (await rows_of(log))[0]["title"] == "'=HYPERLINK()"
    assert (await rows_of(log, raw=True))[0]["title"] == "=HYPERLINK()"


@pytest.mark.parametrize("seed", range(3))
async def test_the_same_position_gives_the_same_bytes_whatever_came_later(
    log: MemoryLog, seed: int
) -> None:
    rng = random.Random(seed)
    random_history(log, rng, 200)
    then = await log.head()
    first = await file_of(log)
    again = await file_of(log)
    for number in range(200):
        rename_student(log, rng.randrange(10), f"Somebody else {number}")
        book(log, 1000 + number)
    cancel(log, 7)

    assert first == again == await file_of(log, then)
    assert first != await file_of(log)


async def test_a_log_of_several_batches_is_folded_step_by_step(log: MemoryLog) -> None:
    random_history(log, random.Random(0), 2 * BATCH)
    with closing(SQLiteExportScratch()) as scratch:
        file = BookingsFile(log, scratch, up_to=await log.head(), wanted=ExportFilter())
        steps = [step async for step in file.fold()]
        content = b"".join([block async for block in file.blocks()])

    assert len(steps) > 2
    assert steps == sorted(steps)
    assert steps[-1] == await log.head()
    assert file.record_count == 2 * BATCH == content.count(b"\r\n") - 1
    assert b",=1+1" not in content, "nobody has asked for it raw"
    assert file.sha256 == sha256(content).hexdigest()


async def test_what_is_in_no_row_is_not_even_read(log: MemoryLog) -> None:
    book(log, 1)
    log.append("calendar", *[SessionRemoved(at=NOW, booking_id="x")] * 2 * BATCH)
    with closing(SQLiteExportScratch()) as scratch:
        file = BookingsFile(log, scratch, up_to=await log.head(), wanted=ExportFilter())
        assert [step async for step in file.fold()] == [await log.head()]
