"""``mentorbooking serve``: the service, until it is told to stop."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from mentorbooking.entrypoints.cli.exit_codes import ExitCode
from mentorbooking.entrypoints.cli.failures import Failure
from mentorbooking.entrypoints.cli.invocation import (
    Invocation,
    data_dir_option,
    examples,
    pass_invocation,
)
from mentorbooking.entrypoints.left_out import leave_out_other_peoples_keys
from mentorbooking.entrypoints.logs import begin_to_log

if TYPE_CHECKING:
    from mentorbooking.adapters.data_directory import DataDirectory
    from mentorbooking.entrypoints.service import Service
    from mentorbooking.entrypoints.serving import Preparation


@click.command(epilog=examples("serve --demo", "serve --data-dir /srv/mentoring --port 8080"))
@click.option("--host", help="Address to listen on.  [default: MENTORBOOKING_HOST or 127.0.0.1]")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    help="Port to listen on; 0 picks a free one.  [default: MENTORBOOKING_PORT or 8000]",
)
@click.option(
    "--demo", is_flag=True, help="Fill an empty data directory with sample data that you can try."
)
@data_dir_option
@pass_invocation
def serve(invocation: Invocation, host: str | None, port: int | None, demo: bool) -> None:
    """Run the service: the API, read models, jobs and mail, until SIGTERM or Ctrl-C.

    Requests under way are finished. One service runs on a data directory at a time; other commands
    may be used beside it.
    """
    settings = invocation.settings(host=host, port=port)
    begin_to_log(settings)
    if settings.cognito_issuer is None:
        leave_out_other_peoples_keys()
    from mentorbooking.adapters.data_directory import DataDirectory
    from mentorbooking.entrypoints import serving
    from mentorbooking.entrypoints.cli.start_notes import refuse_wrong_mail

    refuse_wrong_mail(settings)
    try:
        if settings.backend == "aws":
            serving.serve_on_aws(settings, _fill_and_note if demo else _note_the_start)
        else:
            directory = DataDirectory(settings.data_dir)
            serving.serve(settings, directory, _with_demo(directory) if demo else _note_the_start)
    except serving.PortUnusable as error:
        raise Failure(str(error), ExitCode.UNUSABLE) from error


async def _note_the_start(service: Service) -> None:
    from mentorbooking.entrypoints.cli.start_notes import note_the_start

    await note_the_start(service, os.environ)


def _with_demo(directory: DataDirectory) -> Preparation:
    """Refuse a store that holds data before anything is started."""
    from mentorbooking.entrypoints.demo.telling import refuse_data

    refuse_data(directory)
    return _fill_and_note


async def _fill_and_note(service: Service) -> None:
    from mentorbooking.entrypoints.demo.telling import fill_and_tell

    await fill_and_tell(service)
    await _note_the_start(service)
