"""Throttling: guessing is stopped, a lecture hall is not, and memory stays bounded."""

from typing import get_args

import pytest

from mentorbooking.adapters.identity.throttle import LIMITS, MemoryThrottle, NoThrottle
from mentorbooking.application.ports.throttle import Attempt, TooManyRequests
from tests.support.identity import PassingTime

ANNA, BEN = "a" * 64, "b" * 64
HOME, HALL = "192.0.2.1", "198.51.100.7"


@pytest.fixture
def time():
    return PassingTime()


@pytest.fixture
def throttle(time):
    return MemoryThrottle(time)


def fails(throttle, kind="token", address_key=ANNA, client=HOME, times=1):
    for _ in range(times):
        throttle.hit(kind, address_key=address_key, client=client)


def succeeds(throttle, address_key=ANNA, client=HOME, times=1):
    for _ in range(times):
        throttle.hit("token", address_key=address_key, client=client)
        throttle.succeeded("token", address_key=address_key, client=client)


def refused(throttle, kind="token", address_key=ANNA, client=HOME):
    """Return for how many seconds."""
    with pytest.raises(TooManyRequests) as refusal:
        throttle.hit(kind, address_key=address_key, client=client)
    assert refusal.value.code == "too-many-requests"
    return refusal.value.retry_after_seconds


def test_a_password_can_be_tried_ten_times_and_then_twice_a_minute(throttle, time):
    fails(throttle, times=10)
    assert refused(throttle) == 30
    time.passes(29.5)
    assert refused(throttle) == 1
    time.passes(0.5)
    fails(throttle)
    assert refused(throttle) == 30
    time.passes(3600)
    fails(throttle, times=10)
    refused(throttle)


def test_from_wherever_they_come(throttle):
    for number in range(10):
        fails(throttle, client=f"192.0.2.{number}")
    refused(throttle, client="203.0.113.9")


def test_and_whether_or_not_there_is_such_an_account_others_can_sign_in(throttle):
    fails(throttle, times=10)
    refused(throttle)
    fails(throttle, address_key=BEN, times=10)


def test_who_knows_the_password_can_sign_in_as_often_as_they_like(throttle):
    succeeds(throttle, times=500)
    fails(throttle, times=10)
    refused(throttle)


def test_signing_in_does_not_undo_the_failures_before(throttle):
    fails(throttle, times=9)
    succeeds(throttle, times=5)
    fails(throttle)
    refused(throttle)


def test_a_client_cannot_try_one_password_on_everybody(throttle, time):
    for number in range(100):
        fails(throttle, address_key=f"address {number}")
    assert refused(throttle, address_key="another address") == 1
    fails(throttle, address_key="another address", client=HALL)
    time.passes(1)
    fails(throttle, address_key="another address")


def test_a_lecture_hall_behind_one_address_can_register_and_sign_in(throttle):
    for number in range(600):
        fails(throttle, "register", address_key=f"student {number}", client=HALL)
        succeeds(throttle, address_key=f"student {number}", client=HALL)


def test_a_client_that_knows_passwords_is_slowed_down_too(throttle, time):
    succeeds(throttle, times=1000)
    assert refused(throttle) == 1
    time.passes(0.2)
    succeeds(throttle)


@pytest.mark.parametrize("kind", get_args(Attempt))
def test_every_kind_is_limited_by_address(throttle, kind):
    def try_often():
        for number in range(101):
            throttle.hit(kind, address_key=ANNA, client=f"192.0.2.{number}")

    with pytest.raises(TooManyRequests):
        try_often()


@pytest.mark.parametrize("kind", get_args(Attempt))
def test_every_kind_is_limited_by_client(throttle, kind):
    def try_often():
        for number in range(1001):
            throttle.hit(kind, address_key=f"address {number}", client=HOME)

    with pytest.raises(TooManyRequests):
        try_often()


def test_kinds_do_not_count_for_each_other(throttle):
    fails(throttle, "token", times=10)
    refused(throttle, "token")
    fails(throttle, "register")
    fails(throttle, "refresh")
    fails(throttle, "resend", times=10)
    refused(throttle, "resend")


def test_where_no_address_is_named_only_the_client_counts(throttle):
    fails(throttle, "refresh", address_key=None, times=1000)
    assert refused(throttle, "refresh", address_key=None) == 1


def test_what_was_refused_counts_for_nothing(throttle, time):
    fails(throttle, times=10)
    for _ in range(1000):
        refused(throttle)
    time.passes(30)
    fails(throttle)
    fails(throttle, address_key=BEN, times=10)


def test_one_network_of_ipv6_is_one_client(throttle):
    for number in range(100):
        fails(throttle, address_key=f"address {number}", client=f"2001:db8:0:1::{number:x}")
    refused(throttle, address_key="another", client="2001:db8:0:1:ffff::1")
    fails(throttle, address_key="another", client="2001:db8:0:2::1")


def test_the_wait_is_a_whole_second_at_least_and_told_to_people(throttle):
    fails(throttle, "refresh", address_key=None, times=1000)
    with pytest.raises(TooManyRequests, match="try again in 1 s"):
        throttle.hit("refresh", address_key=None, client=HOME)


def test_who_is_remembered_longest_is_who_tried_last(time):
    throttle = MemoryThrottle(time, remembered=100)
    fails(throttle, times=10)
    for number in range(25):
        fails(throttle, address_key=f"address {number}", client=f"192.0.2.{number}")
    refused(throttle, client=HALL)


def test_it_can_be_switched_off():
    off = NoThrottle()
    for kind in get_args(Attempt):
        fails(off, kind, times=2000)
        off.succeeded(kind, address_key=ANNA, client=HOME)


def test_every_kind_has_its_limits():
    assert set(LIMITS) == set(get_args(Attempt))
