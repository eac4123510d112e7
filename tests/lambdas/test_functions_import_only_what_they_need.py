"""A cold start is as long as its imports: nobody waits for what a function does not use."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping

import pytest

from tests.support.aws_servers import AWS_ENV, CLOSED

WORKERS = ("projector", "outbox", "notifications", "imports", "exports", "housekeeping")
TO_WORK = {"aiohttp", "botocore", "msgspec", "structlog"}
TO_ANSWER = TO_WORK | {
    "argon2",
    "cryptography",
    "email_validator",
    "jwt",
    "litestar",
    "mangum",
    "multipart",
    "prometheus_client",
}
LIBRARIES = TO_ANSWER.union(
    ("aioboto3", "boto3", "click", "eventsourcing", "httpx", "icalendar", "jinja2", "pydantic"),
    ("rich", "s3transfer", "smtplib", "sqlite3", "uvicorn"),
)


@pytest.mark.parametrize("name", WORKERS)
def test_a_worker_has_only_what_it_works_with(name: str) -> None:
    assert _imported(name) == TO_WORK


def test_the_api_has_only_what_it_answers_with() -> None:
    assert _imported("api") == TO_ANSWER


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


def _imported(name: str) -> set[str]:
    """Return which of the libraries a function imports, without opening anything."""
    program = (
        "import os, sys\n"
        "import mentorbooking.entrypoints.lambdas\n"
        f"import mentorbooking.entrypoints.lambdas.environment as environment\n"
        "environment.IN_LAMBDA = False\n"
        f"import mentorbooking.entrypoints.lambdas.{name}\n"
        "print(*[each for each, found in sys.modules.items() if found is not None])\n"
    )
    return LIBRARIES.intersection(_printed(program, {}))


def _printed(program: str, variables: Mapping[str, str]) -> list[str]:
    """Return the words that a program prints where functions run."""
    environment = os.environ | {"AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9", **variables}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.split()
