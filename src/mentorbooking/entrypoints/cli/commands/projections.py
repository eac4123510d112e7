"""``mentorbooking projections``: how the read models stand, and making them anew."""

from __future__ import annotations

import asyncio
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
from mentorbooking.entrypoints.cli.printing import print_json, print_table
from mentorbooking.entrypoints.cli.progress import progress_bar

if TYPE_CHECKING:
    from mentorbooking.entrypoints.cli.read_models import ReadModelStanding


@click.group()
@data_dir_option
def projections() -> None:
    """See read models, and make them anew from the event log."""


@projections.command("list")
@json_option
@data_dir_option
@pass_invocation
def list_(invocation: Invocation, as_json: bool) -> None:
    """List read models with their positions."""
    from mentorbooking.entrypoints.cli.opening import opened
    from mentorbooking.entrypoints.cli.read_models import standing_of_read_models

    async def run() -> list[ReadModelStanding]:
        async with opened(invocation) as kept:
            return await standing_of_read_models(kept)

    models = asyncio.run(run())
    if as_json:
        print_json(models)
        return
    print_table(
        ("NAME", "STATE", "POSITION", "LAG", "GENERATION", "ERROR"),
        [(m.name, m.state, m.position, m.lag, m.generation, m.error) for m in models],
    )


@projections.command(
    epilog=examples("projections rebuild bookings timeslots", "projections rebuild --all")
)
@click.argument("names", metavar="NAME…", nargs=-1)
@click.option("--all", "every", is_flag=True, help="All of them.")
@json_option
@data_dir_option
@pass_invocation
def rebuild(invocation: Invocation, names: tuple[str, ...], every: bool, as_json: bool) -> None:
    """Make read models anew.

    Readers keep the old rows until the new ones have caught up. A service that runs on the same
    data does it; otherwise it is done here.
    """
    from mentorbooking.entrypoints.cli.opening import opened
    from mentorbooking.entrypoints.cli.read_models import NAMES

    unknown = [name for name in names if name not in NAMES]
    if unknown:
        raise click.BadParameter(
            f"there is no {', '.join(unknown)}; there are {', '.join(NAMES)}.",
            param_hint="NAME",
        )
    if every == bool(names):
        raise click.UsageError("Name read models, or ask for --all of them.")
    wanted = NAMES if every else tuple(dict.fromkeys(names))

    async def run() -> str | None:
        async with opened(invocation) as kept:
            with progress_bar("Rebuilding") as tell:
                return await kept.rebuild(wanted, tell)

    trouble = asyncio.run(run())
    if trouble:
        raise Failure(trouble, ExitCode.FAILED)
    if as_json:
        print_json({"rebuilt": wanted})
    else:
        click.echo(f"made anew: {', '.join(wanted)}", err=True)
