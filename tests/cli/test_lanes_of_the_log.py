"""The program on a log of several lanes: made, listed, shown, exported and verified."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mentorbooking.entrypoints.cli.exit_codes import ExitCode
from tests.cli.test_importing_mentors import FEW, write
from tests.support.program import Program


@pytest.fixture
def in_lanes(nowhere_on_aws: Program) -> Program:
    """Return the program on a store of three lanes, which somebody has filled a little."""
    nowhere_on_aws.settings["MENTORBOOKING_LANES"] = "3"
    made = nowhere_on_aws("aws", "init")
    assert made.code == ExitCode.OK, made.err
    nowhere_on_aws.make_admin()
    nowhere_on_aws.make_admin("eve@example.org")
    return nowhere_on_aws


def listed(program: Program, *words: object) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = program("events", "list", "--json", *words).json
    return found


def test_events_are_listed_in_one_order_always_the_same(in_lanes: Program) -> None:
    first = listed(in_lanes)
    assert [event["position"] for event in first] == [f"0:{n}" for n in range(1, len(first) + 1)]
    assert listed(in_lanes) == first
    for event in first:
        position = event["position"]
        assert in_lanes("events", "show", position, "--json").json == event
        assert listed(in_lanes, "--after", position) == first[first.index(event) + 1 :]
        of_stream = [each for each in first if each["stream"] == event["stream"]]
        assert listed(in_lanes, "--stream", event["stream"]) == of_stream


def test_a_place_in_a_lane_is_understood(in_lanes: Program) -> None:
    everything = listed(in_lanes)
    ends = []
    for lane in (1, 2, 3):
        shown = in_lanes("events", "show", f"{lane}:1", "--json")
        if shown.code == ExitCode.OK:
            ends.append(shown.json)
            behind = listed(in_lanes, "--after", f"{lane}:1")
            assert behind == everything[everything.index(shown.json) + 1 :]
    assert ends
    assert in_lanes("events", "show", "0:1000").code == ExitCode.REFUSED


def test_a_data_directory_has_one_lane(program: Program) -> None:
    program.make_admin()
    refused = program("events", "show", "1:1")
    assert refused.code == ExitCode.USAGE
    assert "The log has one lane, 0." in refused.error


def test_an_import_and_an_export_go_through(in_lanes: Program, tmp_path: Path) -> None:
    imported = in_lanes("import-mentors", write(in_lanes, FEW), "--json")
    assert imported.json["created"] > 0
    exported = in_lanes("export-bookings", "-o", tmp_path / "all.csv", "--json").json
    head = in_lanes("outbox", "status", "--json").json["head"]
    assert exported["as_of_position"] == f"0:{head}"
    again = in_lanes(
        "export-bookings", "-o", tmp_path / "again.csv", "--as-of", f"0:{head}", "--json"
    ).json
    assert again["sha256"] == exported["sha256"]


def test_all_lanes_are_verified_by_one_checkpoint(in_lanes: Program) -> None:
    verified = in_lanes("events", "verify", "--json").json
    assert (verified["whole"], verified["commits"], verified["broken"]) == (True, 2, None)
    checkpoint = in_lanes("events", "verify").out.splitlines()[-1]
    assert checkpoint.startswith("0:")
    in_lanes.make_admin("new@example.org")
    assert in_lanes("events", "verify", "--checkpoint", checkpoint).code == ExitCode.OK
    assert in_lanes("events", "verify", "--checkpoint", f"2:{'0' * 64}").code == ExitCode.FAILED


def test_lanes_are_added_and_not_taken_away(in_lanes: Program) -> None:
    in_lanes.settings["MENTORBOOKING_LANES"] = "2"
    refused = in_lanes("aws", "init")
    assert refused.code == ExitCode.USAGE
    assert "lanes can't be taken away" in refused.err
    told = in_lanes("events", "list")
    assert told.code == ExitCode.UNUSABLE
    assert "MENTORBOOKING_LANES: it is 2, and the log has 3" in told.error

    before = listed_with(in_lanes, "3")
    in_lanes.settings["MENTORBOOKING_LANES"] = "5"
    assert in_lanes("aws", "init").code == ExitCode.OK
    in_lanes.make_admin("last@example.org")
    assert listed(in_lanes)[: len(before)] == before
    del in_lanes.settings["MENTORBOOKING_LANES"]
    assert in_lanes("aws", "init").code == ExitCode.OK
    assert len(listed(in_lanes)) > len(before)


def listed_with(program: Program, lanes: str) -> list[dict[str, Any]]:
    program.settings["MENTORBOOKING_LANES"] = lanes
    return listed(program)


@pytest.mark.parametrize("wrong", ["0", "-1", "129", "many", "1.5"])
def test_a_number_of_lanes_that_cannot_be_is_refused(program: Program, wrong: str) -> None:
    program.settings["MENTORBOOKING_LANES"] = wrong
    called = program("settings")
    assert called.code == ExitCode.UNUSABLE
    assert "MENTORBOOKING_LANES has a value that it can't have; allowed: 1 to 128" in called.error
