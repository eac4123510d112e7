"""``mentorbooking outbox``: how far publishing has come, and what could not be published."""

from __future__ import annotations

import asyncio
from datetime import timedelta
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
from mentorbooking.entrypoints.cli.printing import as_cell, print_json, print_table

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

    That is: up to where everything was published, how many events are behind, since when the oldest
    one waits, when what failed is tried again, why it failed, and what was given up (dead).
    """
    from mentorbooking.adapters.clock import SystemClock
    from mentorbooking.application.outbox.status import outbox_status
    from mentorbooking.entrypoints.cli.opening import opened

    async def run() -> OutboxStatus:
        async with opened(invocation) as kept:
            log, ledger = await kept.log(), await kept.outbox()
            return await outbox_status(log, ledger, now=SystemClock().now())

    found = asyncio.run(run())
    if as_json:
        print_json(found)
    else:
        _print_status(found)


def _print_status(found: OutboxStatus) -> None:
    from mentorbooking.application.positions import position_token

    waited = timedelta(seconds=int(found.oldest_waiting_seconds))
    since = found.oldest_waiting_since and f"{waited} (since {as_cell(found.oldest_waiting_since)})"
    until = found.published_until and f" ({as_cell(found.published_until)})"
    for name, value in (
        ("published up to", f"{position_token(found.position)}{until or ''}"),
        ("newest event", position_token(found.head)),
        ("events behind", found.lag),
        ("oldest waits", since),
        ("next try", found.next_try_at),
        ("last error", found.last_error),
        ("waiting", found.waiting),
        ("held", found.held),
        ("dead", found.dead),
    ):
        click.echo(f"{name}: {as_cell(value)}")
    if found.waiting_events or found.dead_letters:
        click.echo("")
        print_table(
            ("POSITION", "STATE", "TYPE", "STREAM", "ATTEMPTS", "NEXT TRY", "LAST ERROR"),
            [
                (e.position, e.state, e.topic, e.stream, e.attempts, e.due_at, e.last_error)
                for e in (*found.waiting_events, *found.dead_letters)
            ],
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
