"""``mentorbooking``: the service, its administration, and a look at what it keeps."""

from __future__ import annotations

import os
import sys
from typing import Final

import click

from mentorbooking.entrypoints.cli.exit_codes import ExitCode
from mentorbooking.entrypoints.cli.invocation import data_dir_option
from mentorbooking.entrypoints.cli.lazy_groups import Lazily, LazyGroup
from mentorbooking.entrypoints.version import VERSION

_COMMANDS: Final = "mentorbooking.entrypoints.cli.commands"

COMMANDS: Final = {
    "serve": Lazily(f"{_COMMANDS}.serve", "serve", "Run the service."),
    "users": Lazily(f"{_COMMANDS}.users", "users", "Make accounts, and list them."),
    "import-mentors": Lazily(
        f"{_COMMANDS}.import_mentors", "import_mentors", "Take mentors in from a CSV file."
    ),
    "export-bookings": Lazily(
        f"{_COMMANDS}.export_bookings", "export_bookings", "Write bookings as a CSV file."
    ),
    "projections": Lazily(
        f"{_COMMANDS}.projections", "projections", "See read models, and make them anew."
    ),
    "events": Lazily(f"{_COMMANDS}.events", "events", "Read the event log, and verify it."),
    "jobs": Lazily(f"{_COMMANDS}.jobs", "jobs", "See jobs, and retry those that were given up."),
    "outbox": Lazily(f"{_COMMANDS}.outbox", "outbox", "See how publishing stands; redrive it."),
    "settings": Lazily(f"{_COMMANDS}.settings", "settings", "Explain every setting."),
    "openapi": Lazily(f"{_COMMANDS}.documents", "openapi", "Print the OpenAPI document."),
    "docs": Lazily(f"{_COMMANDS}.documents", "docs", "Print, write or check the page of events."),
    "aws": Lazily(f"{_COMMANDS}.aws", "aws", "Make what the aws backend needs."),
    "worker": Lazily(
        f"{_COMMANDS}.worker", "worker", "Do parts of the service's work; serve starts it itself."
    ),
}

_EXIT_CODES = "\n".join(f"  {code}  {code.meaning}" for code in ExitCode)


@click.group(
    cls=LazyGroup,
    lazily=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=f"""\b
Exit codes:
{_EXIT_CODES}

Settings come from MENTORBOOKING_… variables and a .env file where you stand; `mentorbooking
settings` explains each. Every command may be used while the service runs on the same data.""",
)
@data_dir_option
@click.version_option(VERSION, prog_name="mentorbooking", message="%(prog)s %(version)s")
def program() -> None:
    """A mentor-booking service, and everything to run it with.

    To begin: `mentorbooking serve --demo` fills an empty folder with sample data. Or make the first
    admin with `mentorbooking users create --role admin --email … --name …`, then
    `mentorbooking serve`.
    """


def main() -> None:
    """Run the program on the words of the command line; never returns."""
    try:
        program(prog_name="mentorbooking")
    finally:
        _drop_what_cannot_be_written()


def _drop_what_cannot_be_written() -> None:
    """Keep the exit code when standard output is full: Python would try again, and end with 120."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
