"""Documents that are made from the code."""

from __future__ import annotations

from pathlib import Path

import click

from mentorbooking.entrypoints.cli.exit_codes import ExitCode
from mentorbooking.entrypoints.cli.failures import Failure
from mentorbooking.entrypoints.cli.invocation import (
    Invocation,
    data_dir_option,
    pass_invocation,
)
from mentorbooking.entrypoints.cli.outputs import written_whole
from mentorbooking.entrypoints.cli.printing import print_json


@click.command()
@data_dir_option
@pass_invocation
def openapi(invocation: Invocation) -> None:
    """Print the OpenAPI 3.1 document that the service tells at /schema/openapi.json."""
    from mentorbooking.application.authorisation import ACCESS
    from mentorbooking.entrypoints.http.documents import with_documents
    from mentorbooking.entrypoints.http.openapi import openapi_document
    from mentorbooking.entrypoints.http.routes import ENDPOINTS
    from mentorbooking.entrypoints.version import VERSION

    root_path = invocation.settings().root_path
    endpoints = with_documents(ENDPOINTS, ACCESS, root_path, VERSION)
    print_json(openapi_document(endpoints, ACCESS, root_path, VERSION))


_A_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.option("--write", metavar="FILE", type=_A_FILE, help="Write it to a file instead.")
@click.option(
    "--check",
    metavar="FILE",
    type=_A_FILE,
    help="Print nothing; end with 1 if the file says otherwise.",
)
def docs(write: Path | None, check: Path | None) -> None:
    """Print docs/events.md: every event with its fields, and what follows from it."""
    from mentorbooking.application.event_catalogue.document import render

    document = render()
    if write is None and check is None:
        click.echo(document, nl=False)
    if write is not None:
        with written_whole(write) as file:
            file.write(document.encode())
    if check is not None and check.read_text(encoding="utf-8") != document:
        raise Failure(f"{check} is not current; --write {check} makes it so", ExitCode.FAILED)
