"""Where calendars are cut, and how a slot's id tells its page."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentorbooking.domain.kernel.ids import type_id, uuid7, uuid_of
from mentorbooking.domain.mentor_calendar.paging import (
    PAGE,
    first_page_of,
    page_of,
    pages_around,
    slot_id_on,
)
from mentorbooking.domain.mentor_calendar.policies import LONGEST
from mentorbooking.domain.scheduling.time_slot import TimeSlot
from tests.support.fixed import NOW

instants = st.datetimes(datetime(2020, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))
lengths = st.timedeltas(timedelta(minutes=5), LONGEST)


def test_a_page_is_fourteen_days_from_a_monday():
    monday = datetime(2026, 11, 9, tzinfo=UTC)
    page = page_of(monday)
    assert page_of(monday - timedelta(microseconds=1)) == page - 1
    assert page_of(monday + PAGE - timedelta(microseconds=1)) == page
    assert page_of(monday + PAGE) == page + 1


@given(instants, st.integers(0, 2**74 - 1))
def test_a_slot_id_tells_its_page(instant, randomness):
    fresh = type_id("slot", uuid7(NOW, randomness))
    assert first_page_of(slot_id_on(page_of(instant), fresh)) == page_of(instant)


@given(st.integers(0, 2**74 - 1))
def test_a_slot_id_sorts_by_creation_time_whatever_its_page(randomness):
    earlier = slot_id_on(4000, type_id("slot", uuid7(NOW, randomness)))
    later = slot_id_on(1, type_id("slot", uuid7(NOW + timedelta(milliseconds=1), randomness)))
    assert earlier < later


def test_what_is_no_slot_id_has_no_page():
    for text in ("", "slot_", "booking_01h455vb4pex5vsknk084sn02q", "slot_" + "z" * 26, "slot_ü"):
        assert first_page_of(text) is None


def test_only_a_fresh_slot_id_can_carry_a_page():
    with pytest.raises(ValueError, match="booking_01h455vb4pex5vsknk084sn02q"):
        slot_id_on(1, "booking_01h455vb4pex5vsknk084sn02q")


@pytest.mark.parametrize(
    ("starts_after", "pages"),
    [
        (timedelta(days=7), [1]),
        (timedelta(hours=23), [0, 1]),
        (timedelta(days=14, minutes=-30), [1, 2]),
    ],
)
def test_no_more_pages_are_read_than_may_hold_an_overlap(starts_after, pages):
    start = datetime(1970, 1, 5, tzinfo=UTC) + PAGE + starts_after
    assert list(pages_around(TimeSlot(start, start + timedelta(hours=1)))) == pages


@given(instants, lengths, instants, lengths)
def test_whatever_overlaps_is_on_a_page_around(start, length, other_start, other_length):
    wanted = TimeSlot(start, start + length)
    other = TimeSlot(other_start, other_start + other_length)
    if wanted.overlaps(other):
        assert page_of(other.start) in set(pages_around(wanted))


@given(instants, lengths, st.timedeltas(-LONGEST, LONGEST), lengths)
def test_neighbours_that_overlap_are_on_a_page_around(start, length, shift, other_length):
    wanted = TimeSlot(start, start + length)
    other = TimeSlot(start + shift, start + shift + other_length)
    assert not wanted.overlaps(other) or page_of(other.start) in set(pages_around(wanted))


@given(instants, st.integers(0, 2**74 - 1))
def test_a_type_id_reads_back(instant, randomness):
    uuid = uuid7(instant, randomness)
    assert uuid_of("slot", type_id("slot", uuid)) == uuid
    assert (uuid >> 76 & 15, uuid >> 62 & 3) == (7, 2)  # version and variant of RFC 9562
