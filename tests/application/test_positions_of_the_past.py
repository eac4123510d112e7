"""Which position an instant of the past means."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from mentorbooking.application.bookings_export.as_of import position_as_of, read_as_of
from mentorbooking.domain.kernel.unacceptable import Unacceptable
from tests.support.fixed import HOUR, NOW
from tests.support.memory_log import MemoryLog
from tests.support.public_events import created

pytestmark = pytest.mark.anyio

MOMENT = timedelta(microseconds=1)


@pytest.fixture
def log() -> MemoryLog:
    log = MemoryLog()
    for number, hours in enumerate([0, 0, 1, 3, 3, 3, 7]):
        log.append(f"booking_{number}", created(), recorded_at=NOW + hours * HOUR)
    return log


@pytest.mark.parametrize(
    ("at", "position"),
    [
        (NOW - MOMENT, 0),
        (NOW, 2),
        (NOW + HOUR - MOMENT, 2),
        (NOW + HOUR, 3),
        (NOW + 3 * HOUR, 6),
        (NOW + 7 * HOUR - MOMENT, 6),
        (NOW + 7 * HOUR, 7),
        (NOW + 1000 * HOUR, 7),
    ],
)
async def test_it_is_the_last_position_recorded_by_then(
    log: MemoryLog, at: datetime, position: int
) -> None:
    assert await position_as_of(log, at) == position


async def test_an_empty_log_has_no_past() -> None:
    assert await position_as_of(MemoryLog(), NOW) == 0


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("0:42", 42),
        ("3:17", (0, 0, 0, 17)),
        ("2026-09-01T09:00:00Z", NOW),
        ("2026-09-01T11:00:00+02:00", NOW),
        ("2026-09-01T09:00:00.000001Z", NOW + MOMENT),
    ],
)
async def test_it_is_written_as_a_place_or_as_an_instant(
    text: str, read: datetime | tuple[int, ...]
) -> None:
    assert read_as_of(text, 5) == read
    if isinstance(read, datetime):
        assert getattr(read_as_of(text, 5), "tzinfo", None) is UTC


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2026-09-01T09:00:00", "offset-required"),
        ("yesterday", "invalid-value"),
        ("", "invalid-value"),
        ("6:1", "invalid-value"),
        ("0001-01-01T00:00:00+02:00", "invalid-value"),
    ],
)
async def test_what_names_no_moment_is_refused_by_code(text: str, code: str) -> None:
    with pytest.raises(Unacceptable) as refused:
        read_as_of(text, 5)

    assert refused.value.code == code
