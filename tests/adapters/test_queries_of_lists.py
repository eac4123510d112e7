"""No list reads a whole table: what SQLite says it would do for each query."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from mentorbooking.adapters.read_models.sqlite.models import SQLiteViews, views_over
from mentorbooking.adapters.read_models.sqlite.reader import ViewsReader
from mentorbooking.application.read_models.bookings import BookingsQuery
from mentorbooking.application.read_models.mentor_directory import MentorSort, MentorsQuery
from mentorbooking.application.read_models.mentor_import_rows import ImportRowsQuery
from mentorbooking.application.read_models.timeslots import TimeslotsQuery
from tests.support.fixed import MENTOR, NOW, STUDENT
from tests.support.read_models import SQLiteReadModels

pytestmark = pytest.mark.anyio


class Explaining(ViewsReader):
    """Notes the plan of each query."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.plan: list[str] = []

    def fetch(self, sql: str, values: Sequence[Any]) -> list[Any]:
        steps = super().fetch(f"EXPLAIN QUERY PLAN {sql}", values)
        self.plan += [step[-1].decode() for step in steps]
        return super().fetch(sql, values)


@pytest.fixture
async def reader(tmp_path: Path) -> AsyncIterator[Explaining]:
    async with SQLiteReadModels(tmp_path) as models:
        await models.catch_up()
        reader = Explaining(models.path)
        yield reader
        reader.close()


SLOTS = TimeslotsQuery(
    mentor_id=MENTOR, start_from=NOW, start_before=NOW + timedelta(days=31), after=(1, "slot")
)
PLACE = (1, "booking")
WALKS_THE_INDEX_OF_ITS_ORDER = "SCAN mentor USING INDEX mentor_directory_g1_by_"

QUERIES: dict[str, Callable[[SQLiteViews], Awaitable[object]]] = {
    "open slots": lambda views: views.timeslots.page(SLOTS, now=NOW),
    "next open": lambda views: views.timeslots.next_open(MENTOR, after=NOW, limit=3),
    "of a student": lambda views: views.bookings.page(
        BookingsQuery(student_id=STUDENT, status="cancelled", after=PLACE), now=NOW
    ),
    "of a mentor": lambda views: views.bookings.page(
        BookingsQuery(mentor_id=MENTOR, when="upcoming", after=PLACE), now=NOW
    ),
    "cancelled": lambda views: views.bookings.page(
        BookingsQuery(status="cancelled", after=PLACE), now=NOW
    ),
    "from a time": lambda views: views.bookings.page(BookingsQuery(start_from=NOW), now=NOW),
    "acquaintances": lambda views: views.bookings.have_confirmed_booking(
        student_id=STUDENT, mentor_id=MENTOR
    ),
    "failed rows": lambda views: views.mentor_import_rows.page(
        ImportRowsQuery(import_id="import", status="failed", after=(3,))
    ),
    "mentors": lambda views: views.mentor_directory.page(MentorsQuery(), now=NOW),
    "mentors on": lambda views: views.mentor_directory.page(
        MentorsQuery(sort=MentorSort.CHEAPEST, after=(1.5, MENTOR)), now=NOW
    ),
    "skilled": lambda views: views.mentor_directory.page(
        MentorsQuery(skills=("python",), language="en"), now=NOW
    ),
}


@pytest.mark.parametrize("name", QUERIES)
async def test_every_step_looks_up_what_it_needs(reader: Explaining, name: str) -> None:
    await QUERIES[name](views_over(reader))
    assert reader.plan
    scans = [
        step
        for step in reader.plan
        if step.startswith("SCAN")
        and not step.startswith(WALKS_THE_INDEX_OF_ITS_ORDER)
        and step != "SCAN found"
    ]
    assert scans == []


@pytest.mark.parametrize("name", [name for name in QUERIES if name != "skilled"])
async def test_no_list_is_sorted_but_a_page_of_mentors(reader: Explaining, name: str) -> None:
    await QUERIES[name](views_over(reader))
    sorts = [step for step in reader.plan if "TEMP B-TREE" in step]
    assert len(sorts) == (1 if name.startswith("mentors") else 0)
