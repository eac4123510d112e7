"""``mentorbooking export-bookings``."""

from __future__ import annotations

import csv
import io
import os
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from mentorbooking.domain.booking.booking import BookingStatus
from mentorbooking.entrypoints.cli.commands.export_bookings import STATUSES
from mentorbooking.entrypoints.cli.exit_codes import ExitCode
from mentorbooking.entrypoints.cli.outputs import written_whole
from tests.support.program import Called, Program


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def export(program: Program, *words: object) -> list[dict[str, str]]:
    called: Called = program("export-bookings", "-o", "-", *words)
    assert called.code == ExitCode.OK, called.err
    return rows(called.out)


def test_every_status_can_be_asked_for() -> None:
    assert set(STATUSES) == {status.value for status in BookingStatus}


def test_the_file_is_exact(with_demo: Program, tmp_path: Path) -> None:
    out = tmp_path / "bookings.csv"
    told = with_demo("export-bookings", "-o", out, "--json").json
    content = out.read_bytes()
    assert told["sha256"] == sha256(content).hexdigest()
    assert told["record_count"] == len(rows(content.decode())) > 50
    with_demo.make_admin()
    again = with_demo("export-bookings", "-o", "-", "--as-of", told["as_of_position"])
    assert again.out_bytes == content
    assert f"sha256: {told['sha256']}" in again.err
    plain_number = told["as_of_position"].removeprefix("0:")
    assert export(with_demo, "--as-of", plain_number) == rows(content.decode())


def test_the_past_can_be_exported_by_instant(with_demo: Program) -> None:
    everything = export(with_demo)
    middle = sorted(row["created_at"] for row in everything)[len(everything) // 2]
    then = export(with_demo, "--as-of", middle)
    assert 0 < len(then) < len(everything)
    assert max(row["created_at"] for row in then) <= middle
    assert export(with_demo, "--as-of", "1999-01-01T00:00:00Z") == []
    assert export(with_demo, "--as-of", 10**9) == everything


def test_filters(with_demo: Program) -> None:
    everything = export(with_demo)
    now = datetime.now(UTC).isoformat()  # noqa: TID251  the demo was made around the present
    past, future = export(with_demo, "--to", now), export(with_demo, "--from", now)
    assert past
    assert future
    assert past + future == everything
    cancelled = export(with_demo, "--status", "cancelled")
    assert {row["status"] for row in cancelled} == {"cancelled"}
    mentor = everything[0]["mentor_id"]
    assert {row["mentor_id"] for row in export(with_demo, "--mentor-id", mentor)} == {mentor}


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("-o", "x.csv", "--as-of", "yesterday"),
        ("-o", "x.csv", "--from", "2026-01-01T00:00:00"),
        ("-o", "x.csv", "--status", "lost"),
        ("-o", "x.csv", "--as-of", "1:5"),
    ],
)
def test_words_that_cannot_be_meant(program: Program, words: tuple[str, ...]) -> None:
    program.make_admin()
    assert program("export-bookings", *words).code == ExitCode.USAGE
    assert not (program.folder / "x.csv").exists()


def test_a_file_that_is_written_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "file"
    target.write_text("before")
    with suppress(KeyError), written_whole(target) as file:
        file.write(b"half")
        raise KeyError
    assert target.read_text() == "before"
    link = tmp_path / "link"
    link.symlink_to(target)
    with written_whole(link) as file:
        file.write(b"after")
        assert target.read_text() == "before"
    assert target.read_text() == "after"
    assert link.is_symlink()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "link"]


def test_pipes_and_devices_are_written_and_never_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    with written_whole(pipe) as file:
        file.write(b"through")
    assert os.read(reading, 100) == b"through"
    os.close(reading)
    assert pipe.is_fifo()
    with written_whole(Path("/dev/null")) as file:
        file.write(b"away")
    assert Path("/dev/null").is_char_device()


def test_a_reader_who_leaves_early_is_no_error_worth_a_word(with_demo: Program) -> None:
    reading, writing = os.pipe()
    os.close(reading)

    def write_to_nobody() -> None:
        os.dup2(writing, 1)

    called = with_demo.in_a_process("export-bookings", "-o", "-", before=write_to_nobody)
    os.close(writing)
    assert called.code != ExitCode.OK
    assert called.err == ""
