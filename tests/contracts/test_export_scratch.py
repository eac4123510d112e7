"""What every ExportScratch promises. Add an adapter: add it to the fixture."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

import pytest

from mentorbooking.adapters.export_scratch.sqlite import SQLiteExportScratch
from mentorbooking.application.bookings_export.rendering import ExportRow
from mentorbooking.application.ports.export_scratch import ExportScratch
from tests.support.fixed import HOUR, NOW


@pytest.fixture(params=["sqlite"])
def scratch() -> Iterator[ExportScratch]:
    with closing(SQLiteExportScratch()) as opened:
        yield opened


def add(scratch: ExportScratch, booking_id: str, *, hours: float = 0) -> None:
    scratch.add_booking(
        booking_id,
        status="confirmed",
        student_id="student_1",
        mentor_id="mentor_1",
        title="Career talk",
        start=NOW + hours * HOUR,
        end=NOW + hours * HOUR + HOUR,
        created_at=NOW - HOUR,
    )


def only_row(scratch: ExportScratch) -> ExportRow:
    (row,) = scratch.rows()
    return row


def test_a_booking_comes_back_with_the_names_of_both_sides(scratch: ExportScratch) -> None:
    with scratch.batch():
        scratch.name_account("user_1", student_id="student_1", name="Ada")
        scratch.describe_mentor("mentor_1", name="Grace", time_zone="Europe/Berlin")
        add(scratch, "booking_1")

    assert only_row(scratch) == ExportRow(
        booking_id="booking_1",
        status="confirmed",
        student_id="student_1",
        student_name="Ada",
        mentor_id="mentor_1",
        mentor_name="Grace",
        title="Career talk",
        start=NOW,
        end=NOW + HOUR,
        time_zone="Europe/Berlin",
        created_at=NOW - HOUR,
    )


def test_a_cancelled_booking_tells_when_by_whom_and_why(scratch: ExportScratch) -> None:
    at = NOW + timedelta(microseconds=1)
    with scratch.batch():
        add(scratch, "booking_1")
    with scratch.batch():
        scratch.cancel_booking("booking_1", status="cancelled", at=at, by="mentor", reason="ill")

    row = only_row(scratch)
    assert (row.status, row.cancelled_at, row.cancelled_by, row.cancellation_reason) == (
        "cancelled",
        at,
        "mentor",
        "ill",
    )


def test_rows_come_by_start_then_id(scratch: ExportScratch) -> None:
    with scratch.batch():
        for booking_id, hours in [("booking_3", 2), ("booking_2", 1), ("booking_1", 2)]:
            add(scratch, booking_id, hours=hours)

    assert [row.booking_id for row in scratch.rows()] == ["booking_2", "booking_1", "booking_3"]


def test_what_is_told_later_wins(scratch: ExportScratch) -> None:
    with scratch.batch():
        add(scratch, "booking_1")
        scratch.name_account("user_1", student_id="student_1", name="Ada")
        scratch.rename_account("user_1", name="Ada Byron")
        scratch.rename_account("user_1", name="Ada Lovelace")
        scratch.describe_mentor("mentor_1", name="Grace", time_zone="UTC")
        scratch.redescribe_mentor("mentor_1", name="Grace Hopper", time_zone=None)
        scratch.redescribe_mentor("mentor_1", name=None, time_zone="America/New_York")

    row = only_row(scratch)
    assert (row.student_name, row.mentor_name, row.time_zone) == (
        "Ada Lovelace",
        "Grace Hopper",
        "America/New_York",
    )


def test_people_of_whom_nothing_was_told_have_no_name(scratch: ExportScratch) -> None:
    with scratch.batch():
        scratch.name_account("user_9", student_id=None, name="A mentor")
        add(scratch, "booking_1")

    row = only_row(scratch)
    assert (row.student_name, row.mentor_name, row.time_zone) == ("", "", "UTC")
