"""Which position an instant of the past means."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from mentorbooking.application.bookings_export.as_of import position_as_of
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
