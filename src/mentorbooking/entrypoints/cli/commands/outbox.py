"""``mentorbooking outbox``: how far publishing has come, and what could not be published."""

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
from mentorbooking.entrypoints.cli.parameters import Position
from mentorbooking.entrypoints.cli.printing import print_json, print_table

if TYPE_CHECKING:
    from mentorbooking.application.outbox.status import OutboxStatus
    from mentorbooking.application.positions import LogPlace


@click.group()
@data_dir_option
def outbox() -> None:
    """See how the relay of public events stands, and redrive what it gave up."""


@outbox.command()
@json_option
@data_dir_option
@pass_invocation
def status(invocation: Invocation, as_json: bool) -> None:
    """Tell how the relay stands.

    That is: how far it has come, what waits, and what was given up (dead).
    """
    import msgspec

    from mentorbooking.application.outbox.status import outbox_status
    from mentorbooking.entrypoints.cli.opening import opened

    async def run() -> OutboxStatus:
        async with opened(invocation) as kept:
            return await outbox_status(await kept.log(), await kept.outbox())

    found = asyncio.run(run())
    if as_json:
        print_json({"lag": found.lag, **msgspec.structs.asdict(found)})
        return
    for name in ("position", "head", "lag", "waiting", "held", "dead"):
        click.echo(f"{name}: {getattr(found, name)}")
    if found.dead_letters:
        click.echo("")
        print_table(
            ("POSITION", "TYPE", "STREAM", "ATTEMPTS", "LAST ERROR"),
            [(e.position, e.topic, e.stream, e.attempts, e.last_error) for e in found.dead_letters],
        )


@outbox.command(epilog=examples("outbox redrive 0:1234", "outbox redrive --all"))
@click.argument("positions", metavar="POSITION…", nargs=-1, type=Position())
@click.option("--all", "every", is_flag=True, help="All that were given up.")
@json_option
@data_dir_option
@pass_invocation
def redrive(
    invocation: Invocation, positions: tuple[LogPlace, ...], every: bool, as_json: bool
) -> None:
    """Send what was given up again.

    The service that runs, or runs next, does it.
    """
    from mentorbooking.entrypoints.cli.opening import opened
    from mentorbooking.entrypoints.cli.retrying import redrive_events

    if every == bool(positions):
        raise click.UsageError("Name positions, or ask for --all that were given up.")
    wanted = None if every else tuple(dict.fromkeys(positions))

    async def run() -> int:
        async with opened(invocation) as kept:
            log, outbox = await kept.log(), await kept.outbox()
            given_up = None
            if wanted is not None:
                given_up = [await log.position_at(place) for place in wanted]
            return await redrive_events(outbox, given_up)

    count = asyncio.run(run())
    if as_json:
        print_json({"redriven": count})
    else:
        click.echo(f"{count} events will be sent again", err=True)
    if wanted is not None and count < len(wanted):
        raise Failure("not all of them were given up", ExitCode.REFUSED)
