"""`./mb aws-local`: servers on this machine that speak as AWS does, and the settings for them.

Standard output holds nothing but the settings, as lines for a shell or as JSON; what there is to
tell (mails that came in) goes to standard error.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tools.aws_local.dynoxide import DynoxideMissing, dynoxide
from tools.aws_local.mail import mail_server
from tools.aws_local.moto import moto_server

DYNAMODB_ENDPOINT = "MENTORBOOKING_DYNAMODB_ENDPOINT"
REGION = "eu-west-1"
NO_SECRET = "for servers on this machine only: no secret at all"
MB = Path(__file__).parents[2] / "mb"


def main() -> int:
    """Run the servers until Ctrl-C, or for as long as a command takes; return its code."""
    given = _arguments()
    # A script that starts this with & has it ignore Ctrl-C, until we say otherwise.
    for end in (signal.SIGINT, signal.SIGTERM):
        signal.signal(end, signal.default_int_handler)
    try:
        with contextlib.ExitStack() as running:
            settings = _start(running, given)
            _set_up(settings)
            if given.command:
                return _run(given.command, settings)
            _print(settings, as_json=given.json)
            tell("running; Ctrl-C ends it")
            while True:  # pause() would wait on, were the signal to come just before it
                time.sleep(1)
    except KeyboardInterrupt:
        return 0
    except (DynoxideMissing, OSError, RuntimeError) as refused:
        tell(str(refused))
    return 1


def tell(line: str) -> None:
    """Tell the person who started it."""
    print(f"aws-local: {line}", file=sys.stderr, flush=True)


def _start(running: contextlib.ExitStack, given: argparse.Namespace) -> dict[str, str]:
    """Start the servers; return the service's settings."""
    dynamodb = running.enter_context(_dynamodb(given.dir, given.dynamodb_port))
    return {
        "MENTORBOOKING_BACKEND": "aws",
        "MENTORBOOKING_AWS_ENDPOINT": running.enter_context(moto_server(port=given.aws_port)),
        DYNAMODB_ENDPOINT: dynamodb,
        "MENTORBOOKING_AWS_PREFIX": "mentorbooking",
        "MENTORBOOKING_MAIL_URL": running.enter_context(mail_server(tell, port=given.mail_port)),
        "MENTORBOOKING_SECRET_KEY": NO_SECRET,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,  # the only one that boto3 and AWS's command line read
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
    }


def _set_up(settings: Mapping[str, str]) -> None:
    """Make tables, bucket, queues and topics. Raises ``RuntimeError`` if that fails."""
    environment = os.environ | dict(settings)
    done = subprocess.run([MB, "aws", "init"], env=environment, stdout=sys.stderr, check=False)
    if done.returncode:
        raise RuntimeError("the servers can't be set up")


@contextlib.contextmanager
def _dynamodb(folder: Path | None, port: int) -> Iterator[str]:
    """Yield the endpoint that the environment names, else that of a server of our own."""
    if given := os.environ.get(DYNAMODB_ENDPOINT):
        yield given
        return
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    with dynoxide(port=port, db_path=folder and folder / "dynamodb.db") as endpoint:
        yield endpoint


def _print(settings: Mapping[str, str], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(settings, indent=2), flush=True)
        return
    lines = [f"export {name}={shlex.quote(value)}" for name, value in settings.items()]
    print("\n".join(lines), flush=True)


def _run(command: Sequence[str], settings: Mapping[str, str]) -> int:
    """Run a command in the environment that the settings make, and return its code.

    Ctrl-C reaches the command from the terminal as it reaches us: it is waited for until it has
    come to its own end. Other signals reach us alone, and are handed on.
    """
    process = subprocess.Popen(command, env=os.environ | dict(settings))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    code = process.wait()
    return 128 - code if code < 0 else code


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="./mb aws-local",
        description="Run DynamoDB (dynoxide), S3, SQS, SNS, SES and Cognito (moto) and a mail"
        f" server on this machine and print the settings for them. Where {DYNAMODB_ENDPOINT} is"
        " set, that is taken instead of dynoxide. What the service needs there is made too, as by"
        " mentorbooking aws init.",
    )
    parser.add_argument(
        "--dir",
        type=Path,
        help="folder in which DynamoDB's tables are kept; all else is in memory, as they are"
        " without it",
    )
    parser.add_argument("--json", action="store_true", help="print JSON, not lines for a shell")
    for server in ("dynamodb", "aws", "mail"):
        parser.add_argument(
            f"--{server}-port", type=int, default=0, metavar="P", help="default: any free port"
        )
    parser.add_argument(
        "command",
        nargs=argparse.REMAINDER,
        help="run this with the settings, and end when it ends: ./mb aws-local ./mb serve --demo",
    )
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
