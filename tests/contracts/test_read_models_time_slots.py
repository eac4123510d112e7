"""What every list of time slots promises: events in, slots out."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from mentorbooking.application.answers.slot import SlotAnswer, slot_answer
from mentorbooking.application.read_models.timeslots import TimeslotsQuery
from mentorbooking.domain.mentor_calendar.calendar import CalendarSlot
from mentorbooking.domain.mentor_calendar.events import (
    NewSlot,
    SlotArrived,
    SlotLeft,
    SlotMoved,
    SlotReleased,
    SlotRemoved,
    SlotReserved,
    SlotsAdded,
)
from mentorbooking.domain.scheduling.time_slot import TimeSlot
from tests.support.fixed import BOOKING, HOUR, MENTOR, NOW, slot
from tests.support.read_models import ReadModels, rows_of

pytestmark = pytest.mark.anyio

PAGE_1 = f"mentor_calendar:{MENTOR}:1"
PAGE_2 = f"mentor_calendar:{MENTOR}:2"


def offered(**slots: TimeSlot) -> SlotsAdded:
    return SlotsAdded(
        at=NOW, mentor_id=MENTOR, slots=tuple(NewSlot(key, each) for key, each in slots.items())
    )


def query(**of: Any) -> TimeslotsQuery:
    given: dict[str, Any] = {
        "mentor_id": MENTOR,
        "start_from": NOW - timedelta(days=31),
        "start_before": NOW + timedelta(days=31),
    }
    return TimeslotsQuery(**(given | of))


async def listed(read_models: ReadModels, *, now: datetime = NOW, **of: Any) -> list[str]:
    page = await read_models.timeslots.page(query(**of), now=now)
    return [row.id for row in rows_of(page, SlotAnswer)]


TODAY, TOMORROW, LATER = slot(hours=2), slot(days=1), slot(days=2, lasting=HOUR / 2)


@pytest.fixture
async def three(read_models: ReadModels) -> ReadModels:
    await read_models.happened(PAGE_1, offered(later=LATER, today=TODAY, tomorrow=TOMORROW))
    return read_models


async def test_open_slots_are_listed_by_start(three: ReadModels) -> None:
    assert await listed(three) == ["today", "tomorrow", "later"]


async def test_a_slot_is_told_as_the_service_tells_it_elsewhere(three: ReadModels) -> None:
    await three.happened(PAGE_1, SlotReserved(at=NOW, slot_id="tomorrow", booking_id=BOOKING))
    page = await three.timeslots.page(query(status="all", limit=2), now=NOW)
    assert [bytes(row) for row in page.rows] == [
        msgspec.json.encode(slot_answer("today", MENTOR, CalendarSlot(TODAY))),
        msgspec.json.encode(slot_answer("tomorrow", MENTOR, CalendarSlot(TOMORROW, 2, BOOKING))),
    ]


async def test_fractions_of_a_second_are_kept(read_models: ReadModels) -> None:
    odd = TimeSlot(NOW + timedelta(microseconds=1), NOW + timedelta(minutes=5, microseconds=7))
    await read_models.happened(PAGE_1, offered(odd=odd))
    (row,) = rows_of(await read_models.timeslots.page(query(), now=NOW), SlotAnswer)
    assert (row.start, row.end, row.duration_minutes) == (odd.start, odd.end, 5)


async def test_a_booked_slot_is_not_open_and_is_open_again_when_released(three: ReadModels) -> None:
    await three.happened(PAGE_1, SlotReserved(at=NOW, slot_id="today", booking_id=BOOKING))
    assert await listed(three) == ["tomorrow", "later"]
    assert await listed(three, status="booked") == ["today"]
    assert await listed(three, status="all") == ["today", "tomorrow", "later"]
    await three.happened(PAGE_1, SlotReleased(at=NOW, slot_id="today", booking_id=BOOKING))
    assert await listed(three) == ["today", "tomorrow", "later"]
    assert await listed(three, status="booked") == []


async def test_a_slot_that_has_begun_is_not_open_any_more(three: ReadModels) -> None:
    assert (await listed(three, now=TODAY.start - timedelta(microseconds=1)))[0] == "today"
    assert await listed(three, now=TODAY.start) == ["tomorrow", "later"]


async def test_past_slots_are_shown_to_who_asks_for_all_or_booked_ones(three: ReadModels) -> None:
    await three.happened(PAGE_1, SlotReserved(at=NOW, slot_id="today", booking_id=BOOKING))
    after_all = NOW + timedelta(days=9)
    assert await listed(three, now=after_all, status="booked") == ["today"]
    assert await listed(three, now=after_all, status="all") == ["today", "tomorrow", "later"]


async def test_the_range_is_half_open_on_the_start(three: ReadModels) -> None:
    assert await listed(three, start_from=TOMORROW.start, start_before=LATER.start) == ["tomorrow"]
    just_after = TOMORROW.start + timedelta(microseconds=1)
    assert await listed(three, start_from=just_after) == ["later"]


async def test_slots_can_be_chosen_by_their_exact_duration(three: ReadModels) -> None:
    assert await listed(three, duration_minutes=30) == ["later"]
    assert await listed(three, duration_minutes=60) == ["today", "tomorrow"]
    assert await listed(three, duration_minutes=45) == []


async def test_a_slot_may_move_within_its_page_and_off_it(three: ReadModels) -> None:
    await three.happened(PAGE_1, SlotMoved(at=NOW, slot_id="today", slot=slot(days=3)))
    assert await listed(three) == ["tomorrow", "later", "today"]
    await three.happened(
        PAGE_1, SlotMoved(at=NOW, slot_id="later", slot=slot(days=2, lasting=2 * HOUR))
    )
    assert await listed(three, duration_minutes=120) == ["later"]
    three.log.append(PAGE_1, SlotLeft(at=NOW, slot_id="today", to_page=2))
    await three.happened(
        PAGE_2,
        SlotArrived(at=NOW, mentor_id=MENTOR, slot_id="today", slot=slot(days=20), slot_version=3),
    )
    assert await listed(three) == ["tomorrow", "later", "today"]
    assert await listed(three, start_from=NOW + timedelta(days=19)) == ["today"]


async def test_a_slot_that_left_is_gone_until_it_arrives(three: ReadModels) -> None:
    await three.happened(PAGE_1, SlotLeft(at=NOW, slot_id="today", to_page=2))
    assert await listed(three, status="all") == ["tomorrow", "later"]
    await three.happened(
        PAGE_2,
        SlotArrived(at=NOW, mentor_id=MENTOR, slot_id="today", slot=slot(days=20), slot_version=3),
    )
    assert await listed(three, status="all") == ["tomorrow", "later", "today"]


async def test_a_slot_taken_back_is_gone(three: ReadModels) -> None:
    await three.happened(PAGE_1, SlotRemoved(at=NOW, slot_id="today"))
    assert await listed(three, status="all") == ["tomorrow", "later"]


async def test_slots_of_other_mentors_are_not_listed(three: ReadModels) -> None:
    assert await listed(three, mentor_id="mentor_x") == []


async def test_pages_follow_each_other_though_slots_start_together(read_models: ReadModels) -> None:
    together = {f"slot_{number}": slot(hours=2 + number // 3) for number in range(10)}
    await read_models.happened(PAGE_1, offered(**together))
    seen, after = [], None
    for _ in range(4):
        page = await read_models.timeslots.page(query(limit=3, after=after), now=NOW)
        seen += [row.id for row in rows_of(page, SlotAnswer)]
        after = page.next_keys
    assert seen == sorted(together)
    assert after is None


async def test_a_page_that_is_just_full_is_the_last(three: ReadModels) -> None:
    assert (await three.timeslots.page(query(limit=3), now=NOW)).next_keys is None
    assert (await three.timeslots.page(query(limit=2), now=NOW)).next_keys is not None


async def test_a_page_keeps_to_the_range_wherever_the_one_before_ended(three: ReadModels) -> None:
    first = await three.timeslots.page(query(limit=1), now=NOW)
    assert await listed(three, after=first.next_keys, start_from=LATER.start) == ["later"]


async def test_keys_of_another_list_are_refused(three: ReadModels) -> None:
    with pytest.raises(ValueError, match="keys"):
        await three.timeslots.page(query(after=(1,)), now=NOW)


async def test_the_next_open_slots_are_offered_to_who_came_too_late(three: ReadModels) -> None:
    await three.happened(PAGE_1, SlotReserved(at=NOW, slot_id="tomorrow", booking_id=BOOKING))
    assert await three.timeslots.next_open(MENTOR, after=NOW, limit=3) == [
        slot_answer("today", MENTOR, CalendarSlot(TODAY)),
        slot_answer("later", MENTOR, CalendarSlot(LATER)),
    ]
    assert [row.id for row in await three.timeslots.next_open(MENTOR, after=NOW, limit=1)] == [
        "today"
    ]
    assert await three.timeslots.next_open(MENTOR, after=LATER.start, limit=3) == []


async def test_what_happens_to_a_slot_within_one_batch_adds_up(read_models: ReadModels) -> None:
    await read_models.happened(
        PAGE_1,
        offered(a=TODAY, b=TOMORROW, c=LATER),
        SlotReserved(at=NOW, slot_id="a", booking_id=BOOKING),
        SlotMoved(at=NOW, slot_id="b", slot=slot(days=5)),
        SlotReserved(at=NOW, slot_id="b", booking_id=BOOKING),
        SlotReleased(at=NOW, slot_id="b", booking_id=BOOKING),
        SlotRemoved(at=NOW, slot_id="c"),
    )
    assert await listed(read_models) == ["b"]
    assert await listed(read_models, status="all") == ["a", "b"]
