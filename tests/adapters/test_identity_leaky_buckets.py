"""Leaky buckets: so many at once, then one at a time, in bounded memory."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentorbooking.adapters.identity.leaky_buckets import LeakyBuckets, Rate
from tests.support.identity import PassingTime

RATE = Rate(burst=3, seconds_each=10)


@pytest.fixture
def time():
    return PassingTime()


@pytest.fixture
def buckets(time):
    return LeakyBuckets(time, 100)


def test_there_is_room_for_a_burst_and_then_for_one_at_a_time(buckets, time):
    for _ in range(3):
        assert buckets.wait_for("a", RATE) == 0
        buckets.pour("a", RATE)
    assert buckets.wait_for("a", RATE) == 10
    time.passes(9)
    assert buckets.wait_for("a", RATE) == 1
    time.passes(1)
    assert buckets.wait_for("a", RATE) == 0
    buckets.pour("a", RATE)
    assert buckets.wait_for("a", RATE) == 10


def test_buckets_do_not_fill_each_other(buckets):
    for _ in range(3):
        buckets.pour("a", RATE)
    assert buckets.wait_for("b", RATE) == 0


def test_an_idle_bucket_gathers_no_more_than_a_burst(buckets, time):
    buckets.pour("a", RATE)
    time.passes(1000)
    for _ in range(3):
        buckets.pour("a", RATE)
    assert buckets.wait_for("a", RATE) == 10


def test_what_is_taken_back_leaves_room_once(buckets):
    for _ in range(3):
        buckets.pour("a", RATE)
    buckets.take_back("a", RATE)
    assert buckets.wait_for("a", RATE) == 0
    buckets.pour("a", RATE)
    assert buckets.wait_for("a", RATE) == 10


def test_taking_back_more_than_was_poured_gathers_nothing(buckets):
    buckets.pour("a", RATE)
    for _ in range(10):
        buckets.take_back("a", RATE)
    for _ in range(3):
        buckets.pour("a", RATE)
    assert buckets.wait_for("a", RATE) == 10


def test_a_bucket_that_is_not_known_has_nothing_to_take_back(buckets):
    buckets.take_back("a", RATE)
    assert len(buckets) == 0


def test_there_are_never_more_than_allowed(buckets):
    for number in range(10_000):
        buckets.pour(number, RATE)
        assert len(buckets) <= 100


def test_the_ones_used_least_recently_go_first(buckets):
    for number in range(100):
        buckets.pour(number, RATE)
    buckets.pour(0, RATE)
    buckets.pour(0, RATE)
    for number in range(100, 199):
        buckets.pour(number, RATE)
    assert buckets.wait_for(0, RATE) == 10
    assert len(buckets) == 100


def test_dry_ones_go_by_themselves(buckets, time):
    for number in range(100):
        buckets.pour(number, RATE)
    time.passes(10)
    for _ in range(60):
        buckets.pour("in use", RATE)
    assert len(buckets) == 1


@given(
    st.integers(1, 5),
    st.sampled_from([0.1, 0.3, 1, 7.5]),
    st.lists(st.floats(0, 3), min_size=1, max_size=60),
)
def test_never_more_than_a_burst_and_what_ran_out_since(burst, each, gaps):
    """Over any stretch of time: the rule that the algorithm stands for."""
    time = PassingTime()
    buckets = LeakyBuckets(time, 10)
    rate = Rate(burst, each)
    taken = []
    for gap in gaps:
        time.passes(gap)
        if buckets.wait_for("a", rate) == 0:
            buckets.pour("a", rate)
            taken.append(time.now)
    for first in range(len(taken)):
        for last in range(first, len(taken)):
            ran_out = (taken[last] - taken[first]) // rate.each
            assert last - first + 1 <= burst + ran_out
