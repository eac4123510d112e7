"""States in memory are bounded by what they hold, and the least used go first."""

from __future__ import annotations

import pytest

from mentorbooking.adapters.event_store.hot_states import HotStates
from mentorbooking.domain.kernel.aggregate import AggregateRoot
from mentorbooking.domain.mentor_calendar.calendar import CalendarSlot, MentorCalendar
from mentorbooking.domain.student_calendar.calendar import Session, StudentCalendar
from tests.support.fixed import slot


class Sized(AggregateRoot):
    size: int = 1

    @property
    def extent(self) -> int:
        return self.size


def sized(name: str, size: int, *, version: int = 1) -> Sized:
    return Sized(id=name, version=version, size=size)


@pytest.fixture
def kept() -> HotStates:
    """Two states, of 6 and of 3; there is room for 10."""
    states = HotStates(10)
    states.put("a", sized("a", 6))
    states.put("b", sized("b", 3))
    return states


def test_the_least_used_goes_when_there_is_no_room(kept: HotStates) -> None:
    assert kept.get("a") is not None
    kept.put("c", sized("c", 2))
    assert (kept.get("a"), kept.get("b"), kept.get("c")) == (sized("a", 6), None, sized("c", 2))


def test_a_state_that_grows_makes_room_for_itself(kept: HotStates) -> None:
    kept.put("b", sized("b", 4, version=2))
    assert len(kept) == 2
    kept.put("b", sized("b", 5, version=3))
    assert (kept.get("a"), kept.get("b")) == (None, sized("b", 5, version=3))


def test_an_older_state_replaces_no_newer_one(kept: HotStates) -> None:
    kept.put("b", sized("b", 4, version=2))
    kept.put("b", sized("b", 1, version=1))
    assert kept.get("b") == sized("b", 4, version=2)


def test_what_was_dropped_leaves_its_room(kept: HotStates) -> None:
    kept.drop("a")
    kept.drop("never there")
    kept.put("c", sized("c", 7))
    assert len(kept) == 2
    kept.clear()
    kept.put("d", sized("d", 10))
    assert len(kept) == 1


def test_what_is_too_large_is_not_kept(kept: HotStates) -> None:
    kept.put("vast", sized("vast", 11))
    assert len(kept) == 0


def test_calendars_count_what_is_in_them() -> None:
    two = {name: CalendarSlot(slot(hours=1)) for name in ("s1", "s2")}
    assert MentorCalendar(id="m:1", slots=two, moved={"s3": 2}).extent == 4
    assert StudentCalendar(id="s", sessions=(Session("b", slot(hours=1)),)).extent == 2
