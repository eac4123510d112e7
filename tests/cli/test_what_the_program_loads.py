"""The program starts quickly because it loads only what a command needs."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.support.program import Program, environment

LIBRARIES = {
    "aioboto3",
    "argon2",
    "asyncio",
    "botocore",
    "cryptography",
    "eventsourcing",
    "jwt",
    "litestar",
    "msgspec",
    "rich",
    "sqlite3",
    "structlog",
    "uvicorn",
    "uvloop",
}
NOT_TO_READ = {"aioboto3", "argon2", "botocore", "cryptography", "jwt", "litestar", "structlog"}
MAIN = "import mentorbooking.entrypoints.cli.main"
CALL = "from mentorbooking.entrypoints.cli.main import program; program({}, standalone_mode=False)"
WORKER = "import mentorbooking.entrypoints.cli.commands.worker, mentorbooking.entrypoints.worker"


def loaded(code: str) -> set[str]:
    """Return which of the libraries a fresh process has loaded after running the code."""
    report = f"{code}\nimport sys; print('\\n' + ' '.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-P", "-c", report],
        env=environment({}),
        capture_output=True,
        text=True,
        check=True,
    )
    return LIBRARIES.intersection(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize(
    "code", [MAIN, CALL.format(["--help"]), CALL.format(["events", "verify", "--help"])]
)
def test_help_needs_no_library_but_click(code: str) -> None:
    assert loaded(code) == set()


def test_settings_are_explained_without_opening_anything() -> None:
    assert loaded(CALL.format(["settings"])) == {"msgspec"}


def test_the_worker_does_without_the_web_and_without_secrets() -> None:
    assert not loaded(WORKER) & {"litestar", "uvicorn", "uvloop", "jwt", "cryptography"}


@pytest.mark.parametrize("words", [["users", "list"], ["events", "list"], ["events", "verify"]])
def test_reading_a_data_directory_needs_no_secrets_and_nothing_of_aws(
    program: Program, words: list[str]
) -> None:
    program.make_admin()
    assert not loaded(CALL.format(["--data-dir", str(program.data), *words])) & NOT_TO_READ
