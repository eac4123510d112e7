"""Lists: for how long they are asked at a time, and what a reader of their own writes waits for."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, cast

import pytest

from mentorbooking.application.lists.timeslots import asked_range, errors_of_range
from mentorbooking.application.positions import LogPlace
from mentorbooking.application.read_models.progress import (
    LONGEST_WAIT_SECONDS,
    ReadModelsProgress,
    waiting_for_all,
)
from mentorbooking.domain.kernel.errors import InvalidContent
from tests.support.fixed import HOUR, NOW

DAY = timedelta(days=1)


class Progress:
    """Two lists; ``waited`` is what was waited for."""

    def __init__(self) -> None:
        self.waited: list[Any] = []

    def positions(self) -> dict[str, int]:
        return {"bookings": 3, "timeslots": 7}

    async def wait_for(self, names: Collection[str], place: LogPlace, within: float) -> bool:
        self.waited.append((names, place, within))
        return place != 99


@pytest.mark.anyio
async def test_every_list_is_to_hold_what_anybody_was_told_by_then() -> None:
    progress, place = Progress(), 4
    wait = waiting_for_all(cast("ReadModelsProgress", progress), lambda: place)

    place = 5
    assert await wait()
    place = 99
    assert not await wait()

    lists = ("bookings", "timeslots")
    assert progress.waited == [
        (lists, 5, LONGEST_WAIT_SECONDS),
        (lists, 99, LONGEST_WAIT_SECONDS),
    ]


@pytest.mark.parametrize(
    ("start", "end", "asked"),
    [
        (None, None, (NOW, NOW + 31 * DAY)),
        (NOW - DAY, None, (NOW - DAY, NOW + 30 * DAY)),
        (None, NOW + HOUR, (NOW, NOW + HOUR)),
        (NOW, NOW, (NOW, NOW)),
        (NOW, NOW + 62 * DAY, (NOW, NOW + 62 * DAY)),
    ],
)
def test_slots_are_those_of_the_coming_month_unless_something_else_is_asked_for(
    start: datetime | None, end: datetime | None, asked: tuple[datetime, datetime]
) -> None:
    assert asked_range(start, end, now=NOW) == asked
    assert list(errors_of_range(start, end, now=NOW)) == []


@pytest.mark.parametrize(
    ("start", "end", "code", "words"),
    [
        (None, NOW - HOUR, "end-not-after-start", "It lies before from."),
        (NOW, NOW + 62 * DAY + HOUR, "range-too-large", "At most 62 days at a time."),
    ],
)
def test_a_range_that_makes_no_sense_is_refused(
    start: datetime | None, end: datetime, code: str, words: str
) -> None:
    with pytest.raises(InvalidContent) as refused:
        asked_range(start, end, now=NOW)

    (error,) = refused.value.errors
    assert (error.pointer, error.code, error.detail) == ("to", code, words)
    assert list(errors_of_range(start, end, now=NOW)) == [error]
