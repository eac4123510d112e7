"""``mentorbooking settings``, ``openapi``, ``docs``, ``worker``."""

from __future__ import annotations

from pathlib import Path

from openapi_spec_validator import validate

from mentorbooking.entrypoints.cli.exit_codes import ExitCode
from mentorbooking.entrypoints.settings import SETTINGS
from tests.support.program import Program

ROOT = Path(__file__).parents[2]


def test_every_setting_is_explained(program: Program) -> None:
    told = program("settings", "--json").json
    assert [each["variable"] for each in told] == [f"MENTORBOOKING_{n.upper()}" for n in SETTINGS]
    by_name = {each["variable"]: each for each in told}
    assert by_name["MENTORBOOKING_PORT"]["now"] == "8000"
    assert by_name["MENTORBOOKING_RATE_LIMITS"]["now"] == "on"
    assert by_name["MENTORBOOKING_SECRET_KEY"]["now"] is None
    shown = program("settings").out
    assert all(each["meaning"] in shown and each["allowed"] in shown for each in told)


def test_what_a_setting_is_now_is_told_without_secrets(program: Program) -> None:
    program.settings |= {
        "MENTORBOOKING_PORT": "9000",
        "MENTORBOOKING_SECRET_KEY": "not to be seen by anybody at all",
        "MENTORBOOKING_MAIL_URL": "smtp://me:hush@mail.example.org:25",
        "MENTORBOOKING_TRUSTED_PROXIES": "10.0.0.0/8, 192.0.2.1",
    }
    called = program("--data-dir", "here", "settings", "--json")
    now = {each["variable"].removeprefix("MENTORBOOKING_"): each["now"] for each in called.json}
    assert now["PORT"] == "9000"
    assert now["DATA_DIR"] == "here"
    assert now["SECRET_KEY"] == "(set)"
    assert now["MAIL_URL"] == "smtp://me:…@mail.example.org:25"
    assert now["TRUSTED_PROXIES"] == "10.0.0.0/8,192.0.2.1"
    assert "hush" not in called.out
    assert "not to be seen" not in called.out


def test_a_variable_that_is_no_setting_is_pointed_out(program: Program) -> None:
    program.settings["MENTORBOOKING_PROT"] = "9000"
    assert "did you mean MENTORBOOKING_PORT?" in program("settings").err


def test_so_is_one_in_the_file(program: Program) -> None:
    (program.folder / ".env").write_text("MENTORBOOKING_PROT=9000\n")
    assert "did you mean MENTORBOOKING_PORT?" in program("settings").err


def test_the_openapi_document_is_printed(program: Program) -> None:
    program.settings["MENTORBOOKING_ROOT_PATH"] = "/mentoring"
    document = program("openapi").json
    validate(document)
    assert document["servers"] == [{"url": "/mentoring"}]


def test_the_document_of_events_is_printed_written_and_checked(program: Program) -> None:
    current = (ROOT / "docs" / "events.md").read_text()
    assert program("docs").out == current
    written = program.folder / "events.md"
    assert program("docs", "--write", written).code == ExitCode.OK
    assert written.read_text() == current
    assert program("docs", "--check", written).code == ExitCode.OK
    written.write_text(f"{current}\n")
    stale = program("docs", "--check", written)
    assert stale.code == ExitCode.FAILED
    assert "is not current" in stale.error
    missing = program("docs", "--check", program.folder / "missing.md")
    assert missing.code == ExitCode.UNUSABLE


def test_a_worker_for_a_part_that_there_is_not(program: Program) -> None:
    called = program("worker", "mail", "coffee")
    assert called.code == ExitCode.USAGE
    assert "there is no coffee; there are mail, exports." in called.err
    assert program("worker").code == ExitCode.USAGE
    assert program("worker", "mail").code == ExitCode.UNUSABLE
    assert not program.data.exists()
