"""``mentorbooking events``: the log of everything that happened, read and verified."""

from __future__ import annotations

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
from mentorbooking.entrypoints.cli.printing import print_json, print_json_lines, print_table
from mentorbooking.entrypoints.cli.progress import progress_bar

if TYPE_CHECKING:
    from mentorbooking.application.positions import LogPlace
    from mentorbooking.entrypoints.cli.recorded_events import ToldEvent
    from mentorbooking.entrypoints.cli.verifying import Verified


@click.group()
@data_dir_option
def events() -> None:
    """Read the event log, and verify that nothing in it was changed."""


@events.command(
    "list",
    epilog=examples(
        "events list --type booking.created --type booking.cancelled",
        "events list --stream booking_01k… --json",
        "events list --after 0:1234 --limit 10",
    ),
)
@click.option("--after", type=Position(), default=0, help="Only what happened behind this place.")
@click.option(
    "--type", "types", metavar="NAME", multiple=True, help="Only these, such as booking.created."
)
@click.option("--stream", metavar="NAME", help="Only one aggregate's, such as booking_01k….")
@click.option("--actor", metavar="WHO", help="Only what user:user_01k…, import:… or system did.")
@click.option("--correlation-id", metavar="ID", help="Only what one request caused.")
@click.option(
    "--limit", type=click.IntRange(1), default=100, show_default=True, help="At most so many."
)
@json_option
@data_dir_option
@pass_invocation
def list_(
    invocation: Invocation,
    after: LogPlace,
    types: tuple[str, ...],
    stream: str | None,
    actor: str | None,
    correlation_id: str | None,
    limit: int,
    as_json: bool,
) -> None:
    """List events in their order."""
    import asyncio

    from mentorbooking.entrypoints.cli.opening import opened
    from mentorbooking.entrypoints.cli.recorded_events import Wanted, events_of, unknown_types

    strange = unknown_types(types)
    if strange:
        raise click.BadParameter(f"no event is called {', '.join(strange)}.", param_hint="--type")
    wanted = Wanted(after, types, stream, actor, correlation_id)

    async def run() -> None:
        async with opened(invocation) as kept:
            found = events_of(await kept.log(), wanted, limit)
            if as_json:
                await print_json_lines(found)
                return
            print_table(
                ("POSITION", "RECORDED", "TYPE", "STREAM", "VERSION", "ACTOR", "CHANNEL"),
                [_row(event) async for event in found],
            )

    asyncio.run(run())


@events.command()
@click.argument("position", type=Position())
@json_option
@data_dir_option
@pass_invocation
def show(invocation: Invocation, position: LogPlace, as_json: bool) -> None:
    """Show the event at POSITION."""
    import asyncio

    import msgspec

    from mentorbooking.application.positions import position_token
    from mentorbooking.entrypoints.cli.opening import opened
    from mentorbooking.entrypoints.cli.recorded_events import event_at

    async def run() -> ToldEvent | None:
        async with opened(invocation) as kept:
            return await event_at(await kept.log(), position)

    found = asyncio.run(run())
    if found is None:
        told_as = position_token(position)
        raise Failure(f"there is no event at position {told_as}", ExitCode.REFUSED)
    if as_json:
        print_json(found)
        return
    told = msgspec.to_builtins(found)
    data = told.pop("data")
    told["actor"] = found.actor.told
    for name, value in told.items():
        click.echo(f"{name}: {'-' if value is None else value}")
    click.echo(msgspec.json.format(msgspec.json.encode(data), indent=2).decode())


@events.command(epilog=examples("events verify", "events verify --checkpoint 0:1234:9f86d081884c…"))
@click.option(
    "--checkpoint",
    metavar="POSITION:HASH",
    help="A place that was told earlier; the log has to have come by there.",
)
@json_option
@data_dir_option
@pass_invocation
def verify(invocation: Invocation, checkpoint: str | None, as_json: bool) -> None:
    """Verify the whole log.

    Walks the hash chain, and prints where the log ends with the hash there: keep it elsewhere, and
    give it as --checkpoint another day. Without one a log that was made anew, or cut off at its
    end, looks whole. Ends with 1 at the first break, and says where it is.

    On AWS, where streams are kept beside the log to be loaded from, compares them with it too, by
    a scan of the table, and names those that differ.
    """
    import asyncio

    from mentorbooking.entrypoints.cli.opening import opened
    from mentorbooking.entrypoints.cli.verifying import read_checkpoint, verify_log

    known = read_checkpoint(checkpoint) if checkpoint is not None else None
    if checkpoint is not None and known is None:
        raise click.BadParameter(
            "a position and 64 hexadecimal digits, with a colon between.",
            param_hint="--checkpoint",
        )

    async def run() -> Verified:
        async with opened(invocation) as kept:
            with progress_bar("Verifying") as tell:
                return await verify_log(kept, known, tell)

    verified = asyncio.run(run())
    if as_json:
        print_json(verified)
    else:
        _print_verified(verified)
    if verified.broken:
        place, what = verified.broken.position, verified.broken.what
        raise Failure(f"the log is broken at position {place}: {what}", ExitCode.FAILED)
    if verified.streams:
        count = len(verified.streams)
        raise Failure(f"streams that are not as the log has them: {count}", ExitCode.FAILED)


def _print_verified(verified: Verified) -> None:
    click.echo(f"{verified.commits} commits are whole, up to the checkpoint")
    click.echo(verified.checkpoint.told)
    for found in verified.streams:
        click.echo(f"{found.stream} at version {found.version}: {found.what}")


def _row(event: ToldEvent) -> tuple[object, ...]:
    return (
        event.position,
        event.recorded_at,
        event.type,
        event.stream,
        event.version,
        event.actor.told,
        event.channel,
    )
