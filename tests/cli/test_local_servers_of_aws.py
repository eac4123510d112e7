"""`./mb aws-local`: servers on this machine, and the settings that lead to them."""

from __future__ import annotations

import json
import os
import shlex
import signal
import smtplib
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

from tests.support.door import ROOT
from tests.support.patience import PATIENCE
from tools.aws_local.dynoxide import is_here

pytestmark = pytest.mark.skipif(not is_here(), reason="dynoxide is not installed: npm ci")

COMMAND = [sys.executable, "-m", "tools.aws_local.main"]
DYNAMODB, OTHERS = "MENTORBOOKING_DYNAMODB_ENDPOINT", "MENTORBOOKING_AWS_ENDPOINT"
OURS = "mentorbooking-log mentorbooking-views mentorbooking-work"
TABLES = (
    "import os, boto3;"
    f"tables = boto3.client('dynamodb', endpoint_url=os.environ['{DYNAMODB}']);"
    "{what}; print(*tables.list_tables()['TableNames'])"
)
CREATE = (
    "tables.create_table(TableName='events', BillingMode='PAY_PER_REQUEST',"
    " KeySchema=[dict(AttributeName='pk', KeyType='HASH')],"
    " AttributeDefinitions=[dict(AttributeName='pk', AttributeType='S')])"
)


def environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != DYNAMODB}


@contextmanager
def local_servers(*options: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [*COMMAND, *options],
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def run(*words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *words],
        cwd=ROOT,
        env=environment() | settings,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def until(stream: IO[str] | None, end: str) -> str:
    """Read lines until one begins with ``end``, and return what came before it."""
    assert stream
    read = ""
    for line in stream:
        if line.startswith(end):
            return read
        read += line
    raise AssertionError(f"it ended before {end!r}; it said {read!r}")


def answers(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=PATIENCE).close()
    except urllib.error.HTTPError as refused:
        refused.close()
    except OSError:
        return False
    return True


def wait_until_gone(*urls: str) -> None:
    given_up = time.monotonic() + PATIENCE
    while any(answers(url) for url in urls):
        assert time.monotonic() < given_up, "a server is still there"
        time.sleep(0.05)


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_they_run_until_their_parent_ends_whichever_way(end: signal.Signals) -> None:
    with local_servers("--json") as process:
        until(process.stderr, "aws-local: running")
        process.send_signal(end)
        out, _ = process.communicate(timeout=PATIENCE)
    settings = json.loads(out)
    assert process.returncode == (-end if end == signal.SIGKILL else 0)
    wait_until_gone(settings[DYNAMODB], settings[OTHERS])


def test_the_settings_are_lines_for_a_shell_and_lead_to_servers_that_answer() -> None:
    with local_servers() as process:
        until(process.stderr, "aws-local: running")
        assert process.stdout
        assert process.stderr
        lines = [process.stdout.readline() for _ in range(10)]
        settings = {}
        for line in lines:
            export, assignment = shlex.split(line)
            assert export == "export"
            name, _, settings[name] = assignment.partition("=")
        assert settings["MENTORBOOKING_BACKEND"] == "aws"
        assert settings["AWS_REGION"] == "eu-west-1"
        assert answers(settings[DYNAMODB])
        assert answers(settings[OTHERS])
        scheme, _, address = settings["MENTORBOOKING_MAIL_URL"].partition("://")
        assert scheme == "smtp"
        host, port = address.split(":")
        with smtplib.SMTP(host, int(port)) as mail:
            mail.sendmail("us@example.org", ["ada@example.org"], "Subject: Your session\n\nHi")
        assert process.stderr.readline() == "aws-local: mail to ada@example.org: Your session\n"


def test_tables_are_kept_in_a_folder_that_is_named_and_nowhere_else(tmp_path: Path) -> None:
    script = [sys.executable, "-c"]
    folder = ["--dir", str(tmp_path / "kept")]
    made = run(*folder, *script, TABLES.format(what=CREATE))
    assert made.stdout == f"events {OURS}\n", made.stderr
    assert run(*folder, *script, TABLES.format(what="pass")).stdout == f"events {OURS}\n"
    assert run(*script, TABLES.format(what="pass")).stdout == f"{OURS}\n"


def test_a_command_is_run_with_the_settings_and_its_code_is_ours(dynamodb_endpoint: str) -> None:
    shell = f"echo $MENTORBOOKING_BACKEND ${DYNAMODB}; exit 7"
    done = run("sh", "-c", shell, **{DYNAMODB: dynamodb_endpoint})
    assert (done.returncode, done.stdout) == (7, f"aws {dynamodb_endpoint}\n")


def test_what_cannot_be_started_is_told_in_a_line(dynamodb_endpoint: str) -> None:
    done = run("no such command", **{DYNAMODB: dynamodb_endpoint})
    assert done.returncode == 1
    assert done.stdout == ""
    told = done.stderr.splitlines()
    assert told[-1] == "aws-local: [Errno 2] No such file or directory: 'no such command'"


def test_a_server_that_is_not_there_is_told_soon() -> None:
    done = run("true", **{DYNAMODB: "http://127.0.0.1:9"})
    assert done.returncode == 1
    assert "AWS can't be set up" in done.stderr
