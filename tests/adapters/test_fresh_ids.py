"""Ids that are made one after another sort in that order, whatever the clock does."""

import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, timedelta

from mentorbooking.adapters import ids as ids_module
from mentorbooking.adapters.clock import SystemClock
from mentorbooking.adapters.ids import MonotonicIds
from mentorbooking.domain.kernel.ids import milliseconds_of, uuid_of
from mentorbooking.domain.mentor_calendar.paging import first_page_of, slot_id_on
from tests.support.fixed import NOW
from tests.support.identity import SetClock

MILLISECOND = timedelta(milliseconds=1)


def fresh(ids, count, prefix="booking"):
    return [ids.new(prefix) for _ in range(count)]


def millisecond_of(type_id):
    return uuid_of(type_id.partition("_")[0], type_id) >> 80


def test_an_id_is_a_type_id_of_its_millisecond():
    made = MonotonicIds(SetClock(), secrets.randbits).new("booking")
    uuid = uuid_of("booking", made)
    assert uuid >> 80 == milliseconds_of(NOW)
    assert (uuid >> 76 & 15, uuid >> 62 & 3) == (7, 2)  # version and variant of RFC 9562


def test_ids_of_one_millisecond_sort_as_they_were_made():
    made = fresh(MonotonicIds(SetClock(), secrets.randbits), 10_000)
    assert made == sorted(set(made))
    assert {millisecond_of(made_id) for made_id in made} == {milliseconds_of(NOW)}


def test_ids_of_several_kinds_and_of_passing_time_do_too():
    clock = SetClock()
    ids = MonotonicIds(clock, secrets.randbits)
    made = []
    for number in range(2000):
        made.append(ids.new("slot" if number % 2 else "booking").partition("_")[2])
        clock.instant += timedelta(microseconds=100)
    assert made == sorted(set(made))


def test_a_clock_that_is_put_back_changes_nothing():
    clock = SetClock()
    ids = MonotonicIds(clock, secrets.randbits)
    made = fresh(ids, 100)
    clock.instant -= timedelta(days=1)
    made += fresh(ids, 100)
    clock.instant += timedelta(days=2)
    made += fresh(ids, 100)
    assert made == sorted(set(made))
    assert millisecond_of(made[-1]) == milliseconds_of(clock.instant)


def test_a_full_counter_goes_on_in_the_next_millisecond(monkeypatch):
    monkeypatch.setattr(ids_module, "_STEP_BITS", 50)  # long steps, so that it fills quickly
    made = fresh(MonotonicIds(SetClock(), secrets.randbits), 200)
    assert made == sorted(set(made))
    assert millisecond_of(made[0]) == milliseconds_of(NOW)
    assert 1 < millisecond_of(made[-1]) - millisecond_of(made[0]) < 20


def test_the_least_chance_still_gives_new_ids():
    made = fresh(MonotonicIds(SetClock(), lambda bits: 0), 1000)
    assert made == sorted(set(made))


def test_slots_of_one_request_stay_distinct_and_sorted_with_their_page_written_in():
    made = fresh(MonotonicIds(SetClock(), secrets.randbits), 1000, "slot")
    paged = [slot_id_on(1484, slot_id) for slot_id in made]
    assert paged == sorted(set(paged))
    assert {first_page_of(slot_id) for slot_id in paged} == {1484}


def test_threads_never_get_the_same():
    ids = MonotonicIds(SystemClock(), secrets.randbits)
    with ThreadPoolExecutor(4) as threads:
        made = [made for part in threads.map(lambda _: fresh(ids, 2000), range(4)) for made in part]
    assert len(set(made)) == 8000


def test_processes_do_not_meet():
    one, other = (MonotonicIds(SetClock(), secrets.randbits) for _ in range(2))
    assert set(fresh(one, 1000)).isdisjoint(fresh(other, 1000))


def test_the_systems_clock_tells_the_present_in_utc():
    now = SystemClock().now()
    assert now.tzinfo is UTC
    assert abs(now.timestamp() - time.time()) < 5
