"""The columns of an export of bookings, and how its times are written."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from mentorbooking.application.bookings_export.rendering import COLUMNS, ExportRow, export_blocks

START = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
BOOKED = ExportRow(
    booking_id="booking_1",
    status="booked",
    student_id="student_1",
    student_name="Anna Nováková",
    mentor_id="mentor_1",
    mentor_name="Bob",
    title="Event sourcing, again",
    start=START,
    end=START + timedelta(minutes=45),
    time_zone="Europe/Vienna",
    created_at=datetime(2026, 11, 1, 8, 30, 15, 250_000, tzinfo=UTC),
)


def exported(*rows: ExportRow, raw: bool = False) -> list[str]:
    data = b"".join(export_blocks(rows, raw=raw)).decode()
    assert data.endswith("\r\n")
    return data.split("\r\n")[:-1]


def test_the_columns_of_the_export() -> None:
    (header,) = exported()
    assert header == (
        "booking_id,status,student_id,student_name,mentor_id,mentor_name,title,start_utc,end_utc,"
        "start_local,end_local,time_zone,duration_minutes,created_at,cancelled_at,cancelled_by,"
        "cancellation_reason"
    )


def test_a_booking_in_utc_and_in_the_mentors_time() -> None:
    assert exported(BOOKED)[1] == (
        'booking_1,booked,student_1,Anna Nováková,mentor_1,Bob,"Event sourcing, again",'
        "2026-11-21T12:00:00Z,2026-11-21T12:45:00Z,"
        "2026-11-21T13:00:00+01:00,2026-11-21T13:45:00+01:00,Europe/Vienna,45,"
        "2026-11-01T08:30:15.250000Z,,,"
    )


def test_a_cancelled_booking() -> None:
    cancelled = msgspec.structs.replace(
        BOOKED,
        status="cancelled",
        cancelled_at=datetime(2026, 11, 2, tzinfo=UTC),
        cancelled_by="user_1",
        cancellation_reason='ill, "very"',
    )
    assert exported(cancelled)[1].endswith(',2026-11-02T00:00:00Z,user_1,"ill, ""very"""')


@pytest.mark.parametrize(
    ("utc", "local"),
    [
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "2026-10-25T02:30:00+02:00"),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "2026-10-25T02:30:00+01:00"),
        (datetime(2026, 3, 29, 0, 30, tzinfo=UTC), "2026-03-29T01:30:00+01:00"),
        (datetime(2026, 3, 29, 1, 30, tzinfo=UTC), "2026-03-29T03:30:00+02:00"),
    ],
)
def test_the_hour_that_comes_twice_is_told_apart_by_its_offset(utc: datetime, local: str) -> None:
    row = msgspec.structs.replace(BOOKED, start=utc, end=utc + timedelta(hours=24))
    cells = exported(row)[1].replace("Event sourcing, again", "").split(",")
    assert cells[9] == local
    assert cells[12] == "1440"


def test_words_of_people_run_nowhere_and_times_are_left_alone() -> None:
    live = msgspec.structs.replace(
        BOOKED, student_name="=1", mentor_name="+1", title="-1", cancellation_reason=" @x"
    )
    assert "student_1,'=1,mentor_1,'+1,'-1,2026-11-21T" in exported(live)[1]
    assert exported(live)[1].endswith(",' @x")
    assert "student_1,=1,mentor_1,+1,-1,2026-11-21T" in exported(live, raw=True)[1]


def test_numbers_and_times_are_the_columns_without_a_guard() -> None:
    assert [column.name for column in COLUMNS if not column.is_text] == [
        "start_utc",
        "end_utc",
        "start_local",
        "end_local",
        "duration_minutes",
        "created_at",
        "cancelled_at",
    ]
