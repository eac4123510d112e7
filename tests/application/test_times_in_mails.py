"""How an instant reads on the clock of somebody's zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from mentorbooking.application.notifications.when import in_brief, instant, interval

HOUR = timedelta(hours=1)


def test_a_zone_is_named_with_its_abbreviation_and_its_offset() -> None:
    start = datetime(2026, 12, 1, 9, tzinfo=UTC)

    assert interval(start, start + HOUR, "Europe/Berlin") == (
        "Tuesday, 1 December 2026, 10:00 to 11:00\nEurope/Berlin (CET, UTC+01:00)"
    )


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("America/St_Johns", "05:30 to 06:30\nAmerica/St_Johns (NST, UTC-03:30)"),
        ("Asia/Kathmandu", "14:45 to 15:45\nAsia/Kathmandu (UTC+05:45)"),
        ("Pacific/Kiritimati", "23:00 to Wednesday, 2 December 2026, 00:00\n"),
        ("UTC", "09:00 to 10:00\nUTC (UTC+00:00)"),
    ],
)
def test_odd_offsets_and_zones_without_a_name_of_their_own(zone: str, expected: str) -> None:
    start = datetime(2026, 12, 1, 9, tzinfo=UTC)

    assert f"Tuesday, 1 December 2026, {expected}" in interval(start, start + HOUR, zone)


def test_a_session_past_midnight_names_both_days() -> None:
    start = datetime(2026, 12, 31, 22, 30, tzinfo=UTC)

    assert interval(start, start + HOUR, "Europe/Berlin") == (
        "Thursday, 31 December 2026, 23:30 to Friday, 1 January 2027, 00:30\n"
        "Europe/Berlin (CET, UTC+01:00)"
    )


def test_the_same_hour_reads_differently_in_summer() -> None:
    assert in_brief(datetime(2026, 7, 1, 9, tzinfo=UTC), "Europe/Berlin") == (
        "Wed 1 Jul 2026, 11:00 (UTC+02:00)"
    )


def test_when_the_clocks_go_back_start_and_end_each_have_their_offset() -> None:
    start = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)

    assert interval(start, start + HOUR, "Europe/Berlin") == (
        "Sunday, 25 October 2026, 02:30 (CEST, UTC+02:00) to 02:30 (CET, UTC+01:00)\n"
        "Europe/Berlin; the clocks change meanwhile"
    )


def test_when_the_clocks_go_forward_the_missing_hour_is_never_shown() -> None:
    start = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)

    assert interval(start, start + HOUR, "Europe/Berlin") == (
        "Sunday, 29 March 2026, 01:30 (CET, UTC+01:00) to 03:30 (CEST, UTC+02:00)\n"
        "Europe/Berlin; the clocks change meanwhile"
    )


def test_one_instant_reads_as_on_the_clock_of_the_zone() -> None:
    assert instant(datetime(2026, 7, 1, 22, 30, tzinfo=UTC), "Europe/Berlin") == (
        "Thursday, 2 July 2026, 00:30, Europe/Berlin (CEST, UTC+02:00)"
    )


def test_an_offset_of_old_days_is_told_to_the_minute() -> None:
    assert in_brief(datetime(1890, 1, 1, tzinfo=UTC), "Europe/Vienna").endswith("(UTC+01:05)")


def test_seconds_are_shown_only_where_there_are_any() -> None:
    assert ", 09:00:30, UTC" in instant(datetime(2026, 12, 1, 9, 0, 30, tzinfo=UTC), "UTC")


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../etc/passwd", "Europe"])
def test_a_zone_that_the_machine_lacks_is_told_in_utc(zone: str) -> None:
    assert instant(datetime(2026, 12, 1, 9, tzinfo=UTC), zone) == (
        "Tuesday, 1 December 2026, 09:00, UTC (UTC+00:00)"
    )
