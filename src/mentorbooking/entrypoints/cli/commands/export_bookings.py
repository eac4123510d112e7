"""``mentorbooking export-bookings``: the file that ``POST /exports/bookings`` makes, made here.

It only reads the log, so a service that runs on the same data notices nothing, and nothing is
recorded.
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from mentorbooking.entrypoints.cli.invocation import (
    Invocation,
    data_dir_option,
    examples,
    json_option,
    pass_invocation,
)
from mentorbooking.entrypoints.cli.outputs import STANDARD_OUTPUT
from mentorbooking.entrypoints.cli.parameters import Instant, PositionOrInstant
from mentorbooking.entrypoints.cli.printing import print_json
from mentorbooking.entrypoints.cli.progress import progress_bar

if TYPE_CHECKING:
    from mentorbooking.application.positions import LogPlace
    from mentorbooking.entrypoints.cli.exporting import Exported


STATUSES = ("confirmed", "cancelled")


@click.command(
    epilog=examples(
        "export-bookings -o bookings.csv",
        "export-bookings --as-of 2026-09-01T00:00:00Z --status confirmed -o september.csv",
        "export-bookings --as-of 0:1234 --raw -o - | sha256sum",
    )
)
@click.option(
    "--as-of",
    type=PositionOrInstant(),
    help="The bookings as they were then, or at that place in the log.  [default: now]",
)
@click.option("--from", "start", type=Instant(), help="Sessions that start then or later.")
@click.option("--to", "end", type=Instant(), help="Sessions that start earlier than that.")
@click.option("--status", type=click.Choice(STATUSES), help="Only bookings in this state.")
@click.option("--mentor-id", metavar="ID", help="Only this mentor's bookings.")
@click.option(
    "--raw", is_flag=True, help="For machines: no ' before text that a spreadsheet may calculate."
)
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(path_type=Path),
    required=True,
    help="Where to write; it appears whole or not at all. - is standard output.",
)
@json_option
@data_dir_option
@pass_invocation
def export_bookings(
    invocation: Invocation,
    as_of: LogPlace | datetime | None,
    start: datetime | None,
    end: datetime | None,
    status: str | None,
    mentor_id: str | None,
    raw: bool,
    output: Path,
    as_json: bool,
) -> None:
    """Write bookings as a CSV file, sorted by start.

    The same position gives the same bytes for ever. Position, count and SHA-256 are told on
    standard error.
    """
    from mentorbooking.domain.bookings_export.events import ExportFilter
    from mentorbooking.entrypoints.cli.exporting import export_file
    from mentorbooking.entrypoints.cli.opening import opened

    wanted = ExportFilter(start_from=start, start_before=end, status=status, mentor_id=mentor_id)

    async def run() -> Exported:
        async with opened(invocation) as kept:
            log = await kept.log()
            with progress_bar("Exporting") as tell:
                return await export_file(
                    log, output, as_of=as_of, wanted=wanted, raw=raw, tell=tell
                )

    exported = asyncio.run(run())
    if as_json and output != STANDARD_OUTPUT:
        print_json(exported)
    else:
        told = msgspec.structs.asdict(exported)
        click.echo("\n".join(f"{name}: {value}" for name, value in told.items()), err=True)
