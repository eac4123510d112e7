"""A cold start is as long as its imports: nobody waits for what a function does not use."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping

import pytest

from tests.support.aws_servers import AWS_ENV, CLOSED

WORKERS = ("projector", "outbox", "notifications", "imports", "exports", "housekeeping")
WEB = {"litestar", "mangum", "uvicorn", "argon2", "prometheus_client"}
COMMAND_LINE = {"click", "httpx", "pydantic", "rich"}
CRYPTOGRAPHY = {"jwt", "cryptography"}
MAIL = {"icalendar", "smtplib", "jinja2"}
CONSTRUCTION = {"boto3.resources", "s3transfer"}


@pytest.mark.parametrize("name", WORKERS)
def test_a_worker_imports_no_web_framework_and_no_command_line(name: str) -> None:
    assert _imported(name, WEB | COMMAND_LINE | CRYPTOGRAPHY) == set()


@pytest.mark.parametrize("name", ["projector", "outbox", "exports", "housekeeping"])
def test_only_mail_imports_what_writes_mail(name: str) -> None:
    assert _imported(name, MAIL) == set()


def test_the_api_imports_nothing_of_the_command_line_nor_of_mail() -> None:
    assert _imported("api", COMMAND_LINE | MAIL) == set()


def test_cycles_are_searched_for_again_once_a_function_has_started() -> None:
    program = (
        "import gc\n"
        "import mentorbooking.entrypoints.lambdas\n"
        "starting = gc.isenabled()\n"
        "import mentorbooking.entrypoints.lambdas.housekeeping\n"
        "print(starting, gc.isenabled(), gc.get_freeze_count() > 0)"
    )
    nowhere = {"MENTORBOOKING_AWS_ENDPOINT": CLOSED, "MENTORBOOKING_DYNAMODB_ENDPOINT": CLOSED}

    assert _printed(program, AWS_ENV | nowhere) == ["False", "True", "True"]


def _imported(name: str, unwanted: set[str]) -> set[str]:
    """Return which of these a function imports, without opening anything."""
    program = (
        "import os, sys\n"
        "import mentorbooking.entrypoints.lambdas\n"
        f"import mentorbooking.entrypoints.lambdas.environment as environment\n"
        "environment.IN_LAMBDA = False\n"
        f"import mentorbooking.entrypoints.lambdas.{name}\n"
        "print(*[each for each, found in sys.modules.items() if found is not None])\n"
    )
    return unwanted & set(_printed(program, {}))


def _printed(program: str, variables: Mapping[str, str]) -> list[str]:
    """Return the words that a program prints where functions run."""
    environment = os.environ | {"AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9", **variables}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.split()
