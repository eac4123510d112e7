"""``mentorbooking events verify``."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from mentorbooking.entrypoints.cli.exit_codes import ExitCode
from tests.support.program import Program


def tamper(program: Program, *statements: str) -> None:
    """Change the file behind the program's back, triggers included."""
    with closing(sqlite3.connect(program.data / "events.db")) as log, log:
        for table in ("events", "commits"):
            for what in ("changed", "deleted"):
                log.execute(f"DROP TRIGGER {table}_are_never_{what}")
        for statement in statements:
            log.execute(statement)


def test_a_log_that_is_whole_tells_its_checkpoint(with_demo: Program) -> None:
    verified = with_demo("events", "verify", "--json")
    assert verified.code == ExitCode.OK
    assert verified.json["whole"] is True
    assert verified.json["broken"] is None
    position, digest = (verified.json["checkpoint"][name] for name in ("position", "hash"))
    last_line = with_demo("events", "verify").out.splitlines()[-1]
    assert last_line == f"{position}:{digest}"


def test_a_checkpoint_of_before_holds_after_more_has_happened(with_demo: Program) -> None:
    checkpoint = with_demo("events", "verify").out.splitlines()[-1]
    with_demo.make_admin()
    assert with_demo("events", "verify", "--checkpoint", checkpoint).code == ExitCode.OK
    without_lane = checkpoint.removeprefix("0:")
    assert with_demo("events", "verify", "--checkpoint", without_lane).code == ExitCode.OK


def test_a_changed_event_is_found_where_it_is(with_demo: Program) -> None:
    change = "cast(replace(state, 'a', 'b') AS BLOB)"
    tamper(with_demo, f"UPDATE events SET state = {change} WHERE position = 50")
    called = with_demo("events", "verify")
    assert called.code == ExitCode.FAILED
    assert "the log is broken at position 0:" in called.error
    broken = with_demo("events", "verify", "--json")
    assert broken.code == ExitCode.FAILED
    assert broken.json["whole"] is False
    first = int(broken.json["broken"]["position"].removeprefix("0:"))
    assert int(broken.json["checkpoint"]["position"].removeprefix("0:")) < first <= 50


def test_a_log_that_was_cut_off_looks_whole_without_a_checkpoint(with_demo: Program) -> None:
    checkpoint = with_demo("events", "verify").out.splitlines()[-1]
    tamper(
        with_demo,
        "DELETE FROM events WHERE position >= (SELECT max(position) FROM commits)",
        "DELETE FROM commits WHERE position = (SELECT max(position) FROM commits)",
    )
    assert with_demo("events", "verify").code == ExitCode.OK
    called = with_demo("events", "verify", "--checkpoint", checkpoint)
    assert called.code == ExitCode.FAILED
    assert "a checkpoint stands at" in called.error


@pytest.mark.parametrize("text", ["", "5", "5:abc", "x:HASH", ":HASH", "1:5:HASH", "5:HASH0"])
def test_what_is_no_checkpoint(program: Program, text: str) -> None:
    program.make_admin()
    checkpoint = text.replace("HASH", "0" * 64)
    assert program("events", "verify", "--checkpoint", checkpoint).code == ExitCode.USAGE
