"""What is an RFC 3339 instant, and what only looks like one."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mentorbooking.application.instants import instant_of, read_instant
from mentorbooking.domain.kernel.unacceptable import Unacceptable


@pytest.mark.parametrize(
    "text",
    [
        "2026-12-01T09:30:00Z",
        "2026-12-01t09:30:00z",
        "2026-12-01 09:30:00Z",
        "2026-12-01T09:30:00.000+00:00",
        "2026-12-01T09:30:00-00:00",
        "2026-12-01T10:30:00+01:00",
        "2026-12-01T15:15:00+05:45",
        "2026-11-30T23:30:00.0-10:00",
    ],
)
def test_it_is_one_moment_wherever_it_is_written(text: str) -> None:
    assert read_instant(text) == datetime(2026, 12, 1, 9, 30, tzinfo=UTC)
    assert repr(instant_of(text)) == repr(datetime(2026, 12, 1, 9, 30, tzinfo=UTC))


@pytest.mark.parametrize("text", ["2026-12-01T09:30:00", "2026-12-01 09:30:00.5"])
def test_without_an_offset_it_is_no_moment(text: str) -> None:
    assert refusal_of(text) == "offset-required"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "2026-12-01",
        "2026-12-01T09:30Z",
        "2026-12-01T09:30:00+0100",
        "2026-12-01T09:30:00.5-0000",
        "2026-12-01T09:30:00+01",
        "2026-12-01T09:30:00+1:00",
        "2026-12-01T09:30:00+24:00",
        "2026-12-01T09:30:00 01:00",
        "2026-12-01T09:30:00,5Z",
        "2026-12-01T24:00:00Z",
        "2026-02-29T00:00:00Z",
        "20261201T093000Z",
        " 2026-12-01T09:30:00Z",
        "1796117400",
    ],
)
def test_what_is_written_otherwise_is_none(text: str) -> None:
    assert refusal_of(text) == "invalid-instant"
    assert instant_of(text) is None


def refusal_of(text: str) -> str:
    with pytest.raises(Unacceptable) as refusal:
        read_instant(text)
    return refusal.value.code
