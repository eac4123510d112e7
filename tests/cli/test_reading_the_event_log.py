"""``mentorbooking events list`` and ``show``."""

from __future__ import annotations

from typing import Any

import pytest

from mentorbooking.entrypoints.cli.exit_codes import ExitCode
from tests.support.program import Program


def listed(program: Program, *words: object) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = program("events", "list", "--json", *words).json
    return found


def test_events_come_in_their_order_a_hundred_at_a_time(with_demo: Program) -> None:
    first = listed(with_demo)
    assert [e["position"] for e in first] == [f"0:{n}" for n in range(1, 101)]
    following = listed(with_demo, "--after", first[-1]["position"], "--limit", 5)
    assert [e["position"] for e in following] == [f"0:{n}" for n in range(101, 106)]


def test_an_event_is_told_with_what_surrounded_it(with_demo: Program) -> None:
    (event,) = listed(with_demo, "--type", "booking.created", "--limit", 1)
    assert list(event) == [
        "position",
        "event_id",
        "type",
        "stream",
        "version",
        "recorded_at",
        "actor",
        "channel",
        "correlation_id",
        "causation_id",
        "data",
    ]
    assert event["stream"].startswith("booking_")
    assert event["version"] == 1
    assert event["actor"]["type"] == "user"
    assert event["data"]["mentor_id"].startswith("mentor_")


def test_filters(with_demo: Program) -> None:
    everything = listed(with_demo, "--limit", 10_000)
    booked = next(e for e in everything if e["type"] == "booking.created")
    actor = f"user:{booked['actor']['id']}"
    wanted: list[tuple[tuple[object, ...], Any]] = [
        (("--type", "booking.created"), lambda e: e["type"] == "booking.created"),
        (
            ("--type", "booking.created", "--type", "booking.cancelled"),
            lambda e: e["type"] in ("booking.created", "booking.cancelled"),
        ),
        (("--stream", booked["stream"]), lambda e: e["stream"] == booked["stream"]),
        (("--actor", actor), lambda e: e["actor"] == booked["actor"]),
        (
            ("--correlation-id", booked["correlation_id"]),
            lambda e: e["correlation_id"] == booked["correlation_id"],
        ),
        (
            ("--actor", actor, "--type", "booking.created", "--after", booked["position"]),
            lambda e: (
                e["actor"] == booked["actor"]
                and e["type"] == "booking.created"
                and int(e["position"][2:]) > int(booked["position"][2:])
            ),
        ),
    ]
    for words, holds in wanted:
        expected = [event for event in everything if holds(event)]
        assert expected
        assert listed(with_demo, "--limit", 10_000, *words) == expected, words
    after = ("--stream", booked["stream"], "--after", booked["position"])
    assert all(e["position"] != booked["position"] for e in listed(with_demo, *after))


def test_nothing_is_an_empty_list(with_demo: Program) -> None:
    assert listed(with_demo, "--stream", "booking_none") == []
    assert with_demo("events", "list", "--stream", "booking_none").out.count("\n") == 1


def test_the_table_for_people(with_demo: Program) -> None:
    header, first, *_ = with_demo("events", "list", "--limit", 3).out.splitlines()
    assert header.split()[:3] == ["POSITION", "RECORDED", "TYPE"]
    assert first.split()[0] == "0:1"


def test_one_event_is_shown(with_demo: Program) -> None:
    (event,) = listed(with_demo, "--after", 41, "--limit", 1)
    assert with_demo("events", "show", "42", "--json").json == event
    shown = with_demo("events", "show", "0:42").out
    assert f"event_id: {event['event_id']}\n" in shown
    assert "\n{\n" in shown
    assert "\ncausation_id: -\n" in with_demo("events", "show", "1").out


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("show", "1000000"), ExitCode.REFUSED),
        (("show", "0"), ExitCode.REFUSED),
        (("show", "first"), ExitCode.USAGE),
        (("show", "1:1"), ExitCode.USAGE),
        (("list", "--type", "booking.creatd"), ExitCode.USAGE),
        (("list", "--after", "-1"), ExitCode.USAGE),
        (("list", "--limit", "0"), ExitCode.USAGE),
    ],
)
def test_what_is_not_there_or_cannot_be(
    with_demo: Program, words: tuple[str, ...], code: ExitCode
) -> None:
    assert with_demo("events", *words).code == code
