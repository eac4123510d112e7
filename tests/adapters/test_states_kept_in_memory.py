"""States in memory are bounded by what they hold; of those that chance takes the oldest goes."""

from __future__ import annotations

from itertools import cycle
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
    """Two states, of 6 and of 3; there is room for 10, and chance takes each of them."""
    turns = cycle([0.0, 0.4, 0.8])
    states = HotStates(10, chance=lambda: next(turns))
    states.put("a", sized("a", 6))
    states.put("b", sized("b", 3))
    return states


def test_the_least_used_of_those_taken_goes_when_there_is_no_room(kept: HotStates) -> None:
    assert kept.get("a") is not None
    kept.put("c", sized("c", 2))
    assert (kept.get("a"), kept.get("b"), kept.get("c")) == (sized("a", 6), None, sized("c", 2))


def test_a_state_that_grows_makes_room_for_itself(kept: HotStates) -> None:
    kept.put("b", sized("b", 4, version=2))
    assert len(kept) == 2
    kept.put("b", sized("b", 5, version=3))
    assert (kept.get("a"), kept.get("b")) == (None, sized("b", 5, version=3))


def test_a_few_too_many_that_are_used_in_turn_are_mostly_still_there() -> None:
    states = HotStates(100, chance=Random(5).random)
    found = 0
    for turn in range(50 * 120):
        name = f"state {turn % 120}"
        found += states.get(name) is not None
        states.put(name, sized(name, 1))
    assert len(states) == 100
    assert found > 50 * 120 * 0.2  # of the least recently used, none


def test_what_is_used_again_and_again_stays_while_others_pass_by() -> None:
    states = HotStates(100, chance=Random(5).random)
    found = 0
    for turn in range(6_000):
        name = f"state {turn % 40}"
        found += states.get(name) is not None
        states.put(name, sized(name, 1))
        states.put(f"once {turn}", sized(f"once {turn}", 1))
    assert found > 6_000 * 0.7


@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.integers(0, 7)), max_size=60))
def test_what_is_kept_never_takes_more_than_there_is_room_for(
    steps: list[tuple[str, int]],
) -> None:
    states = HotStates(12, chance=Random(1).random)
    for version, (name, size) in enumerate(steps):
        if size:
            states.put(name, sized(name, size, version=version))
        else:
            states.drop(name)
        kept = [state for each in "abcdefgh" if (state := states.get(each)) is not None]
        assert len(kept) == len(states)
        assert sum(state.extent for state in kept) <= 12


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
    kept.put("b", sized("b", 11, version=2))
    assert (len(kept), kept.get("a")) == (1, sized("a", 6))


def test_calendars_count_what_is_in_them() -> None:
    two = {name: CalendarSlot(slot(hours=1)) for name in ("s1", "s2")}
    assert MentorCalendar(id="m:1", slots=two, moved={"s3": 2}).extent == 4
    assert StudentCalendar(id="s", sessions=(Session("b", slot(hours=1)),)).extent == 2
