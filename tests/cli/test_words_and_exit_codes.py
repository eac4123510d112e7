"""What the program says when it is called wrongly or can't do what it is asked for."""

from __future__ import annotations

import errno
import os
import resource
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import click
import pytest

from mentorbooking.adapters.data_directory import DataDirectoryUnusable
from mentorbooking.entrypoints.cli.exit_codes import ExitCode
from mentorbooking.entrypoints.cli.failures import failure_of
from mentorbooking.entrypoints.cli.main import COMMANDS
from mentorbooking.entrypoints.cli.main import program as the_program
from mentorbooking.entrypoints.version import VERSION
from tests.support.program import Program

READING = [
    ("users", "list"),
    ("events", "list"),
    ("events", "show", "1"),
    ("events", "verify"),
    ("jobs", "list"),
    ("jobs", "retry", "--all"),
    ("outbox", "status"),
    ("projections", "list"),
    ("projections", "rebuild", "--all"),
    ("export-bookings", "-o", "-"),
]
Command = tuple[tuple[str, ...], click.Command]

ALSO_WITHOUT_DATA = [("settings",), ("openapi",), ("docs",), ("--help",)]


def test_the_help_page_names_every_command_and_exit_code(program: Program) -> None:
    page = program("--help").out
    for name, command in COMMANDS.items():
        assert f"  {name} " in page
        assert command.line in page
    for code in ExitCode:
        assert f"{code.value}  {code.meaning}" in page


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(program: Program, name: str) -> None:
    context = click.Context(the_program)
    command = the_program.get_command(context, name)
    assert command is not None
    assert program(name, "--help").code == 0
    for inner in getattr(command, "commands", {}):
        page = program(name, inner, "--help")
        assert page.code == 0
        assert page.out.startswith("Usage: ")


def every_command(group: click.Group = the_program, *words: str) -> Iterator[Command]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from every_command(command, *words, name)
        else:
            yield (*words, name), command


def test_every_option_is_explained() -> None:
    for words, command in every_command():
        options = [each for each in command.params if isinstance(each, click.Option)]
        assert [o.name for o in options if not (o.help or o.hidden)] == [], words


def test_every_command_that_tells_a_result_tells_it_to_machines_too() -> None:
    without = {
        words
        for words, command in every_command()
        if not any("--json" in param.opts for param in command.params)
    }
    assert without == {("serve",), ("worker",), ("docs",), ("openapi",)}


@pytest.mark.parametrize("words", [(), ("users",), ("jobs",)])
def test_a_group_alone_shows_its_commands(program: Program, words: tuple[str, ...]) -> None:
    called = program(*words)
    assert called.code == ExitCode.USAGE
    assert "Commands:" in called.out + called.err


def test_the_version(program: Program) -> None:
    assert program("--version").out == f"mentorbooking {VERSION}\n"


def test_a_word_that_is_no_command(program: Program) -> None:
    called = program("ussers")
    assert called.code == ExitCode.USAGE
    assert "No such command 'ussers'" in called.err


def test_the_data_directory_may_be_named_before_and_behind_the_command(program: Program) -> None:
    program.make_admin()
    (program.folder / "data").rename(program.folder / "elsewhere")
    for words in (
        ("--data-dir", "elsewhere", "users", "list"),
        ("users", "--data-dir", "elsewhere", "list"),
        ("users", "list", "--data-dir", "elsewhere"),
        ("--data-dir", "nowhere", "users", "list", "--data-dir", "elsewhere"),
    ):
        assert len(program(*words, "--json").json) == 1, words
    assert program("--data-dir", " ", "users", "list").code == ExitCode.USAGE


def test_the_data_directory_may_be_a_setting(program: Program) -> None:
    program.settings["MENTORBOOKING_DATA_DIR"] = "set"
    program.make_admin()
    assert (program.folder / "set" / "events.db").exists()
    assert program("--data-dir", "data", "users", "list").code == ExitCode.UNUSABLE


@pytest.mark.parametrize("words", READING)
def test_reading_where_there_is_no_data_is_a_slip_and_makes_nothing(
    program: Program, words: tuple[str, ...]
) -> None:
    called = program(*words)
    assert called.code == ExitCode.UNUSABLE
    assert called.error == (
        f"mentorbooking: there is no event log in {program.data}; is it the right --data-dir?"
    )
    assert list(program.folder.iterdir()) == []


@pytest.mark.parametrize("words", ALSO_WITHOUT_DATA)
def test_what_needs_no_data_makes_none(program: Program, words: tuple[str, ...]) -> None:
    assert program(*words).code == ExitCode.OK
    assert list(program.folder.iterdir()) == []


def test_a_wrong_setting_is_named(program: Program) -> None:
    program.settings["MENTORBOOKING_RATE_LIMITS"] = "perhaps"
    called = program("settings")
    assert called.code == ExitCode.UNUSABLE
    assert "MENTORBOOKING_RATE_LIMITS" in called.error
    assert "on or off" in called.error


def test_a_file_in_the_place_of_the_data_directory(program: Program) -> None:
    program.data.write_text("")
    called = program("users", "create", *_admin(), typed="correct horse battery\n")
    assert called.code == ExitCode.UNUSABLE
    assert called.error == f"mentorbooking: {program.data} is not a folder"


def test_a_data_directory_that_cannot_be_written(program: Program) -> None:
    # Tests may run as root, whom no permission stops; nobody can make files in /proc.
    create = ("users", "create", *_admin())
    called = program("--data-dir", "/proc/data", *create, typed="correct horse battery\n")
    assert called.code == ExitCode.UNUSABLE
    assert called.error.startswith(
        "mentorbooking: the data directory /proc/data can't be written: "
    )


def test_an_event_log_that_is_no_database(program: Program) -> None:
    program.data.mkdir()
    (program.data / "events.db").write_bytes(b"this is not a database " * 100)
    called = program("users", "list")
    assert called.code == ExitCode.UNUSABLE
    assert "file is not a database" in called.error


def test_a_full_disk_is_one_line_and_damages_nothing(program: Program) -> None:
    program.make_admin()

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    words = ("users", "create", *_admin("eve@example.org"))
    called = program.in_a_process(*words, typed="correct horse battery\n", before=limit)
    assert called.code == ExitCode.UNUSABLE
    assert called.error.startswith("mentorbooking: ")
    assert program("events", "verify").code == ExitCode.OK
    assert program(*words, typed="correct horse battery\n").code == ExitCode.OK


def test_output_that_does_not_fit_is_one_line_too(program: Program) -> None:
    def fill() -> None:
        os.dup2(os.open("/dev/full", os.O_WRONLY), 1)

    called = program.in_a_process("settings", before=fill)
    assert called.code == ExitCode.UNUSABLE
    assert called.error == "mentorbooking: No space left on device"


def test_the_first_known_error_of_a_group_is_told() -> None:
    known = DataDirectoryUnusable("the reason")
    group = ExceptionGroup("several", [ValueError(), ExceptionGroup("inner", [known])])
    found = failure_of(group)
    assert found is not None
    assert (found.message, found.exit_code) == ("the reason", ExitCode.UNUSABLE)


@pytest.mark.parametrize(
    "fault", [ValueError("x"), KeyError("x"), ExceptionGroup("", [TypeError()])]
)
def test_a_fault_of_the_program_is_not_told_away(fault: Exception) -> None:
    assert failure_of(fault) is None


def test_trouble_with_a_file_of_sqlite_is_told_and_a_wrong_statement_is_not(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError) as away:
        sqlite3.connect(tmp_path / "missing" / "views.db")
    assert failure_of(away.value) is not None
    db = sqlite3.connect(":memory:")
    with closing(db), pytest.raises(sqlite3.OperationalError) as wrong:
        db.execute("SELECT nothing")
    assert failure_of(wrong.value) is None


def test_errors_of_the_operating_system_name_the_file() -> None:
    named = failure_of(OSError(errno.ENOSPC, "No space left on device", "/tmp/x"))
    nameless = failure_of(OSError(errno.ENOSPC, "No space left on device"))
    assert named is not None
    assert nameless is not None
    assert named.message == "/tmp/x: No space left on device"
    assert nameless.message == "No space left on device"


def _admin(email: str = "ada@example.org") -> tuple[str, ...]:
    return ("--role", "admin", "--email", email, "--name", "Ada", "--password-stdin")


def test_nothing_is_left_of_a_file_that_could_not_be_written(
    with_demo: Program, tmp_path: Path
) -> None:
    called = with_demo("export-bookings", "-o", tmp_path / "missing" / "x.csv")
    assert called.code == ExitCode.UNUSABLE
    assert called.error.startswith(f"mentorbooking: {tmp_path}/missing/x.csv can't be written: ")
    assert with_demo("export-bookings", "-o", "/dev/full").error == (
        "mentorbooking: /dev/full can't be written: No space left on device"
    )
    assert with_demo("export-bookings", "-o", tmp_path).code == ExitCode.USAGE
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data"]
