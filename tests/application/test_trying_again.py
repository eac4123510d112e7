"""How long to wait before the next attempt, and what is noted of a failure."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mentorbooking.application.trying_again.backoff import Backoff
from mentorbooking.application.trying_again.fault_notes import LONGEST, fault_note, fault_place

SECOND = timedelta(seconds=1)


def test_waits_double_up_to_the_ceiling() -> None:
    backoff = Backoff(first=2 * SECOND, ceiling=10 * SECOND, attempts=6)

    waits = [backoff.wait(failures, 1.0) for failures in range(1, 6)]

    assert waits == [2 * SECOND, 4 * SECOND, 8 * SECOND, 10 * SECOND, 10 * SECOND]


def test_half_of_each_wait_is_left_to_chance() -> None:
    backoff = Backoff(first=4 * SECOND)

    assert backoff.wait(1, 0.0) == 2 * SECOND
    assert backoff.wait(1, 0.5) == 3 * SECOND


def test_after_the_last_attempt_there_is_no_next() -> None:
    assert Backoff(attempts=3).wait(2, 0.0) is not None
    assert Backoff(attempts=3).wait(3, 0.0) is None


def test_many_failures_wait_no_longer_than_the_ceiling() -> None:
    assert Backoff(ceiling=SECOND, attempts=10**9).wait(10**6, 1.0) == SECOND


def test_who_never_stops_trying_goes_on_at_the_ceiling() -> None:
    assert Backoff(ceiling=4 * SECOND, attempts=3).pause(7, 0.0) == 2 * SECOND


@pytest.mark.parametrize(
    ("error", "note"),
    [
        (ValueError("not a number"), "ValueError: not a number"),
        (KeyError(), "KeyError"),
        (OSError("to <ada@example.org>\nrefused"), "OSError: to …@… refused"),
        (OSError("Ada.Byron+x@mail.example.org, b@c refused"), "OSError: …@… …@… refused"),
    ],
)
def test_a_failure_is_noted_without_addresses_on_one_line(error: Exception, note: str) -> None:
    assert fault_note(error) == note


def test_long_notes_are_cut() -> None:
    assert len(fault_note(ValueError("x" * 5000))) == LONGEST


def test_the_place_of_a_failure_is_a_file_and_a_line() -> None:
    try:
        raise ValueError
    except ValueError as error:
        name, line = fault_place(error).split(":")
    assert name == "test_trying_again.py"
    assert int(line) > 0
    assert fault_place(ValueError()) == ""
