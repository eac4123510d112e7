"""``mentorbooking import-mentors``: ``POST /import/mentors`` with a file of this machine."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mentorbooking.entrypoints.cli.exit_codes import ExitCode
from mentorbooking.entrypoints.cli.failures import Failure
from mentorbooking.entrypoints.cli.invocation import (
    Invocation,
    data_dir_option,
    examples,
    json_option,
    pass_invocation,
)
from mentorbooking.entrypoints.cli.printing import print_json
from mentorbooking.entrypoints.cli.progress import progress_bar

if TYPE_CHECKING:
    from mentorbooking.application.answers.mentor_import import MentorImportAnswer
    from mentorbooking.entrypoints.cli.importing import Imported

FIRST_ERRORS = 10


@click.command(
    epilog=examples(
        "import-mentors mentors.csv --dry-run --report verdicts.csv", "import-mentors mentors.csv"
    )
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Report as ever; touch no mentor, mail nobody.")
@click.option(
    "--report",
    metavar="OUT",
    type=click.Path(path_type=Path),
    help="Write the rows with the verdict beside each, as CSV; - is standard output.",
)
@json_option
@data_dir_option
@pass_invocation
def import_mentors(
    invocation: Invocation, file: Path, dry_run: bool, report: Path | None, as_json: bool
) -> None:
    """Take mentors in from a CSV FILE; the e-mail address tells who is who.

    A service that runs on the same data does the work; otherwise it is done here. Ends with 1 when
    rows failed, and with 3 when the file was refused as a whole.
    """
    from mentorbooking.entrypoints.cli.importing import import_file
    from mentorbooking.entrypoints.cli.opening import opened

    if not file.is_file():
        raise click.UsageError(f"{file} is not a file.")

    async def run() -> Imported:
        async with opened(invocation) as kept:
            service = await kept.core()
            with progress_bar("Importing") as tell:
                return await import_file(service, file, dry_run=dry_run, report=report, tell=tell)

    imported = asyncio.run(run())
    if as_json and report != Path("-"):
        print_json(imported.answer)
    else:
        _tell(imported, report)
    if imported.answer.error:
        raise Failure(
            f"{imported.answer.error.detail} ({imported.answer.error.code})", ExitCode.REFUSED
        )
    if imported.answer.failed:
        raise click.exceptions.Exit(ExitCode.FAILED)


def _tell(imported: Imported, report: Path | None) -> None:
    """Say on standard error what became of the rows."""
    answer = imported.answer
    for warning in answer.warnings:
        place = " ".join(
            part
            for part in (
                f"line {warning.line}" if warning.line else "",
                f"column {warning.column}" if warning.column else "",
            )
            if part
        )
        click.echo(f"warning: {place}{': ' if place else ''}{warning.detail}", err=True)
    for row in imported.failed_rows[:FIRST_ERRORS]:
        for problem in row.problems:
            column = f"{problem.column}: " if problem.column else ""
            told = f"line {row.line}: {column}{problem.detail} ({problem.code})"
            click.echo(told, err=True)
    more = len(imported.failed_rows) - FIRST_ERRORS
    if more > 0:
        hint = f"see {report}" if report else "--report FILE writes them all"
        click.echo(f"… and {more} more rows that failed; {hint}", err=True)
    if not answer.error:
        click.echo(_summary(answer), err=True)


def _summary(answer: MentorImportAnswer) -> str:
    dry = " (dry run: nothing was changed)" if answer.dry_run else ""
    return (
        f"{answer.total} rows: {answer.created} created, {answer.updated} updated, "
        f"{answer.unchanged} unchanged, {answer.failed} failed{dry}"
    )
