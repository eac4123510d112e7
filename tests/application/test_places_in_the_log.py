"""Places in the log: how they are told, joined and compared."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentorbooking.application.positions import (
    InvalidPosition,
    LogPlace,
    covers,
    in_one_lane,
    joined,
    place_in,
    position_of,
    position_token,
)

LANES = 5

PLACES: st.SearchStrategy[LogPlace] = st.integers(0, 9) | st.lists(
    st.integers(0, 9), max_size=LANES + 1
).map(tuple)


@pytest.mark.parametrize(
    ("place", "token"),
    [
        (0, "0:0"),
        (42, "0:42"),
        (place_in(0, 42), "0:42"),
        (place_in(3, 17), "3:17"),
        (joined(place_in(3, 17), place_in(1, 4)), "1:4,3:17"),
        (joined(place_in(3, 17), 42), "0:42,3:17"),
        ((0, 0, 0), "0:0"),
    ],
)
def test_a_place_is_told_as_lane_and_position(place: LogPlace, token: str) -> None:
    assert position_token(place) == token
    read = position_of(token, LANES)
    assert covers(read, place)
    assert covers(place, read)


def test_several_may_come_in_any_order_and_with_blanks() -> None:
    assert position_of("3:17, 0:42", LANES) == position_of("0:42,3:17", LANES) == (42, 0, 0, 17)


@pytest.mark.parametrize(
    "token",
    ["", "5", "0:", ":5", "0:-1", "0:x", "00:1", "0:01", "0:1:2", "0:1,", ",0:1", "0:1,0:2", "6:1",
     "200:1", "1000:1", "0:" + "9" * 19, "0:1;1:1", "0:1 ,1:1", "0:1,\t1:1", "0:1,X1:1", "٣:1"],
)  # fmt: skip
def test_what_is_no_place_is_refused(token: str) -> None:
    with pytest.raises(InvalidPosition):
        position_of(token, LANES)


@pytest.mark.parametrize("token", ["1:5", "0:5,1:5"])
def test_a_log_of_one_lane_has_places_in_that_one_only(token: str) -> None:
    with pytest.raises(InvalidPosition):
        position_of(token)
    with pytest.raises(InvalidPosition):
        in_one_lane(position_of(token, LANES))
    assert in_one_lane(position_of("0:5")) == 5


def test_a_log_of_several_lanes_has_one_order_beside_them() -> None:
    assert position_of("0:1,1:2,2:3", 2) == (1, 2, 3)
    with pytest.raises(InvalidPosition):
        position_of("3:1", 2)


@given(PLACES, PLACES, PLACES)
def test_covering_is_an_order_and_joining_its_least_upper_bound(
    one: LogPlace, other: LogPlace, third: LogPlace
) -> None:
    both = joined(one, other)
    assert covers(one, one)
    assert covers(both, one)
    assert covers(both, other)
    assert covers(third, both) == (covers(third, one) and covers(third, other))
    if covers(one, other) and covers(other, third):
        assert covers(one, third)


@given(PLACES)
def test_what_is_told_is_read_again(place: LogPlace) -> None:
    again = position_of(position_token(place), LANES)
    assert covers(again, place)
    assert covers(place, again)
