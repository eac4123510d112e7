"""A page of a mentor's calendar: offering, moving, removing, reserving and releasing slots."""

from datetime import timedelta

import pytest

from mentorbooking.domain.kernel.errors import NotFound
from mentorbooking.domain.mentor_calendar.calendar import CalendarSlot, MentorCalendar
from mentorbooking.domain.mentor_calendar.errors import SlotBooked, SlotOverlap
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
from mentorbooking.domain.mentor_calendar.overlaps import refuse_overlaps
from mentorbooking.domain.mentor_calendar.paging import page_of
from mentorbooking.domain.mentor_calendar.policies import errors_of
from mentorbooking.domain.scheduling.time_slot import TimeSlot
from tests.support.fixed import BOOKING, MENTOR, NOW, slot
from tests.support.scenario import given

FIRST, SECOND = NewSlot("slot_1", slot(days=1)), NewSlot("slot_2", slot(days=1, hours=1))
ADDED = SlotsAdded(at=NOW, mentor_id=MENTOR, slots=(FIRST, SECOND))
RESERVED = SlotReserved(at=NOW, slot_id="slot_1", booking_id=BOOKING)
PAGE = page_of(FIRST.slot.start)


def calendar(page=PAGE):
    return MentorCalendar(id=MentorCalendar.id_of(MENTOR, page))


def test_offered_slots_are_open():
    offered = calendar().add((FIRST, SECOND), now=NOW)
    assert offered.events == (ADDED,)
    assert offered.outcome().slots == {
        "slot_1": CalendarSlot(FIRST.slot),
        "slot_2": CalendarSlot(SECOND.slot),
    }


def test_a_reserved_slot_belongs_to_its_booking():
    given(calendar(), ADDED).when(lambda c: c.reserve("slot_1", BOOKING, now=NOW)).then(RESERVED)
    assert calendar().after(ADDED, RESERVED).slot("slot_1").booking_id == BOOKING


def test_a_slot_is_never_given_to_two_bookings():
    given(calendar(), ADDED, RESERVED).when(
        lambda c: c.reserve("slot_1", "booking_2", now=NOW)
    ).then_refused(SlotBooked)


def test_a_released_slot_is_open_again_under_its_id():
    given(calendar(), ADDED, RESERVED).when(lambda c: c.release("slot_1", BOOKING, now=NOW)).then(
        SlotReleased(at=NOW, slot_id="slot_1", booking_id=BOOKING)
    )


def test_releasing_for_a_booking_that_does_not_have_it_changes_nothing():
    given(calendar(), ADDED, RESERVED).when(
        lambda c: c.release("slot_1", "booking_2", now=NOW)
    ).then_nothing()


def test_an_open_slot_can_be_removed():
    given(calendar(), ADDED).when(lambda c: c.remove("slot_2", now=NOW)).then(
        SlotRemoved(at=NOW, slot_id="slot_2")
    )


@pytest.mark.parametrize(
    "command",
    [
        lambda c: c.remove("slot_1", now=NOW),
        lambda c: c.move("slot_1", slot(days=2), now=NOW),
    ],
)
def test_a_booked_slot_stays_where_it_is(command):
    given(calendar(), ADDED, RESERVED).when(command).then_refused(SlotBooked)


def test_an_unknown_slot_is_not_found():
    given(calendar(), ADDED).when(lambda c: c.remove("slot_9", now=NOW)).then_refused(NotFound)


def test_a_slot_moves_within_its_page():
    later = slot(days=1, hours=5)
    given(calendar(), ADDED).when(lambda c: c.move("slot_1", later, now=NOW)).then(
        SlotMoved(at=NOW, slot_id="slot_1", slot=later)
    )


def test_moving_to_where_it_is_changes_nothing():
    given(calendar(), ADDED).when(lambda c: c.move("slot_1", FIRST.slot, now=NOW)).then_nothing()


def test_a_slot_that_moves_to_another_page_leaves_a_pointer_and_arrives_there():
    far = slot(days=40)
    left = calendar().after(ADDED).move("slot_1", far, now=NOW)
    assert left.events == (SlotLeft(at=NOW, slot_id="slot_1", to_page=page_of(far.start)),)
    assert left.outcome().moved == {"slot_1": page_of(far.start)}
    assert "slot_1" not in left.outcome().slots
    arrived = calendar(page_of(far.start)).welcome("slot_1", far, version=2, now=NOW)
    assert arrived.outcome().slot("slot_1") == CalendarSlot(far, version=2)


def test_a_slot_that_comes_back_leaves_no_pointer_behind():
    back = calendar().after(
        ADDED,
        SlotLeft(at=NOW, slot_id="slot_1", to_page=PAGE + 2),
        SlotArrived(at=NOW, mentor_id=MENTOR, slot_id="slot_1", slot=slot(days=2), slot_version=3),
    )
    assert back.moved == {}
    assert back.slot("slot_1").slot == slot(days=2)


def test_each_change_of_a_slot_counts_up_its_version():
    changed = calendar().after(
        ADDED,
        RESERVED,
        SlotReleased(at=NOW, slot_id="slot_1", booking_id=BOOKING),
        SlotMoved(at=NOW, slot_id="slot_1", slot=slot(days=3)),
    )
    assert changed.slot("slot_1").version == 4
    assert changed.slot("slot_2").version == 1


def test_slots_that_touch_do_not_overlap():
    refuse_overlaps([NewSlot("slot_3", slot(days=1, hours=2))], [calendar().after(ADDED)])
    assert not FIRST.slot.overlaps(SECOND.slot)


def test_an_overlap_names_both_slots():
    wanted = NewSlot("slot_3", slot(days=1, hours=1.5))
    with pytest.raises(SlotOverlap) as refused:
        refuse_overlaps([wanted], [calendar().after(ADDED)])
    assert refused.value.extra["slots"] == [
        {"id": "slot_2", "start": SECOND.slot.start, "end": SECOND.slot.end},
        {"id": None, "start": wanted.slot.start, "end": wanted.slot.end},
    ]


def test_two_slots_of_one_request_may_not_overlap_either():
    with pytest.raises(SlotOverlap):
        refuse_overlaps([NewSlot("a", slot(days=1)), NewSlot("b", slot(days=1, hours=0.5))], [])


def test_a_moved_slot_does_not_overlap_with_where_it_was():
    refuse_overlaps(
        [NewSlot("slot_1", slot(days=1, hours=-0.5))],
        [calendar().after(ADDED)],
        new_to_the_calendar=False,
    )
    assert FIRST.slot.overlaps(slot(days=1, hours=-0.5))


@pytest.mark.parametrize(
    ("wanted", "codes"),
    [
        (slot(days=1), []),
        (slot(days=1, lasting=timedelta(minutes=5)), []),
        (slot(days=1, lasting=timedelta(hours=24)), []),
        (slot(days=1, lasting=timedelta(minutes=4, seconds=59)), ["slot-too-short"]),
        (slot(days=1, lasting=timedelta(hours=24, microseconds=1)), ["slot-too-long"]),
        (slot(days=1, lasting=timedelta(0)), ["end-not-after-start"]),
        (slot(hours=0), ["slot-in-past"]),
        (TimeSlot(NOW, NOW - timedelta(hours=1)), ["end-not-after-start", "slot-in-past"]),
    ],
)
def test_what_a_slot_must_be(wanted, codes):
    assert [error.code for error in errors_of(wanted, "#/slots/0", now=NOW)] == codes
