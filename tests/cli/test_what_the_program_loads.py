"""The program starts quickly because it loads only what a command needs."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

import httpx
import pytest

from mentorbooking.entrypoints.left_out import left_out
from tests.support.patience import PATIENCE
from tests.support.program import Program, environment

LIBRARIES = {
    "aioboto3",
    "argon2",
    "asyncio",
    "attr",
    "botocore",
    "click",
    "cryptography",
    "eventsourcing",
    "jwt",
    "litestar",
    "msgspec",
    "pydantic",
    "pygments",
    "rich",
    "sqlite3",
    "ssl",
    "structlog",
    "uvicorn",
    "uvloop",
}
TO_SERVE = {
    "argon2",
    "asyncio",
    "click",
    "jwt",
    "litestar",
    "msgspec",
    "sqlite3",
    "ssl",
    "structlog",
    "uvicorn",
    "uvloop",
}
TO_WORK_BESIDE_IT = {"asyncio", "msgspec", "sqlite3", "structlog"}
TO_INVITE = {"jwt", "ssl"}
NOT_TO_READ = {"aioboto3", "argon2", "botocore", "cryptography", "jwt", "litestar", "structlog"}
MAIN = "import mentorbooking.entrypoints.cli.main"
CALL = "from mentorbooking.entrypoints.cli.main import program; program({}, standalone_mode=False)"
HELPER = "from mentorbooking.entrypoints.helper import main; main()"
REPORT = "import sys; print('\\n' + ' '.join(n for n, m in sys.modules.items() if m is not None))"


def loaded(code: str, *words: str, **settings: str) -> set[str]:
    """Return which of the libraries a fresh process has loaded after running the code."""
    done = subprocess.run(
        [sys.executable, "-P", "-c", f"{code}\n{REPORT}", *words],
        env=environment(settings),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    return _libraries(done.stdout)


def loaded_until(
    event: str,
    program: Program,
    code: str,
    *words: str,
    then: Callable[[dict[str, Any]], object] = lambda _: None,
) -> set[str]:
    """Return which a process has loaded that is told to end once something is logged.

    ``then`` is done before, with what was logged.
    """
    settings = {
        "MENTORBOOKING_DATA_DIR": str(program.data),
        "MENTORBOOKING_LOG_FORMAT": "json",
        "MENTORBOOKING_LOG_LEVEL": "debug",
    }
    with subprocess.Popen(
        [sys.executable, "-P", "-c", f"{code}\n{REPORT}", *words],
        env=environment(settings),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        logged = (json.loads(line) for line in process.stderr)
        then(next(line for line in logged if line["event"] == event))
        process.terminate()
        out, _ = process.communicate(timeout=PATIENCE)
    return _libraries(out)


def _libraries(out: str) -> set[str]:
    return LIBRARIES.intersection(out.splitlines()[-1].split())


@pytest.mark.parametrize(
    "code", [MAIN, CALL.format(["--help"]), CALL.format(["events", "verify", "--help"])]
)
def test_help_needs_no_library_but_click(code: str) -> None:
    assert loaded(code) == {"click"}


def test_settings_are_explained_without_opening_anything() -> None:
    assert loaded(CALL.format(["settings"])) == {"click", "msgspec"}


def test_the_service_has_only_what_it_serves_with(program: Program) -> None:
    serve = CALL.format(["serve", "--port", "0"])

    def answers(logged: dict[str, Any]) -> None:
        assert httpx.get(f"{logged['url']}/health/live").status_code == 200

    assert loaded_until("listening", program, serve, then=answers) == TO_SERVE


def test_its_worker_has_no_more_until_it_invites(program: Program) -> None:
    program.data.mkdir()
    settings = {"MENTORBOOKING_DATA_DIR": str(program.data)}
    assert loaded(HELPER, "mail", "exports", **settings) == TO_WORK_BESIDE_IT


def test_its_worker_has_only_what_it_mails_with(program: Program) -> None:
    mentors = program.folder / "mentors.csv"
    mentors.write_text("email,name,skills\nada@example.org,Ada Lovelace,Compilers\n")
    assert program("import-mentors", mentors).code == 0
    assert loaded_until("mail_sent", program, HELPER, "mail", "exports") == (
        TO_WORK_BESIDE_IT | TO_INVITE
    )


def test_what_was_left_out_is_found_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    with left_out("colorsys", "json"):
        with pytest.raises(ImportError):
            import_module("colorsys")
        assert import_module("json") is json, "it had been imported before"
    assert import_module("colorsys").__name__ == "colorsys"


@pytest.mark.parametrize("words", [["users", "list"], ["events", "list"], ["events", "verify"]])
def test_reading_a_data_directory_needs_no_secrets_and_nothing_of_aws(
    program: Program, words: list[str]
) -> None:
    program.make_admin()
    assert not loaded(CALL.format(["--data-dir", str(program.data), *words])) & NOT_TO_READ
