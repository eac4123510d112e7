"""``mentorbooking outbox``: how far publishing has come, and what could not be published."""

from __future__ import annotations

import asyncio

import click

from mentorbooking.entrypoints.cli.exit_codes import ExitCode
from mentorbooking.entrypoints.cli.failures import Failure
from mentorbooking.entrypoints.cli.invocation import (
    Invocation,
    data_dir_option,
    json_option,
    pass_invocation,
)
from mentorbooking.entrypoints.cli.parameters import Position
from mentorbooking.entrypoints.cli.printing import print_json, print_table


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

    from mentorbooking.adapters.event_store.log import SQLiteEventLog
    from mentorbooking.adapters.work.outbox_ledger import SQLiteOutboxLedger
    from mentorbooking.application.outbox_status import outbox_status
    from mentorbooking.entrypoints.cli.opening_parts import opened_log, opened_work

    with opened_log(invocation) as log, opened_work(invocation) as work:
        found = asyncio.run(outbox_status(SQLiteEventLog(log), SQLiteOutboxLedger(work)))
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


@outbox.command()
@click.argument("positions", metavar="POSITION…", nargs=-1, type=Position())
@click.option("--all", "every", is_flag=True, help="All that were given up.")
@data_dir_option
@pass_invocation
def redrive(invocation: Invocation, positions: tuple[int, ...], every: bool) -> None:
    """Send what was given up again.

    The service that runs, or runs next, does it.
    """
    from mentorbooking.entrypoints.cli.opening_parts import opened_work
    from mentorbooking.entrypoints.cli.retrying import redrive_events

    if every == bool(positions):
        raise click.UsageError("Name positions, or ask for --all that were given up.")
    wanted = None if every else tuple(dict.fromkeys(positions))
    with opened_work(invocation) as work:
        count = asyncio.run(redrive_events(work, wanted))
    click.echo(f"{count} events will be sent again", err=True)
    if wanted is not None and count < len(wanted):
        raise Failure("not all of them were given up", ExitCode.REFUSED)
