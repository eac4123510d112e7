"""``mentorbooking jobs``: what waits to be done, and what was given up."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
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

if TYPE_CHECKING:
    from mentorbooking.application.ports.job_queue import Job

STATES = ("queued", "running", "done", "dead")
NOT_DONE = ("queued", "running", "dead")


@click.group()
@data_dir_option
def jobs() -> None:
    """See the jobs of imports and exports, and retry those that were given up (dead)."""


@jobs.command("list")
@click.option(
    "--state",
    "states",
    type=click.Choice(STATES),
    multiple=True,
    default=NOT_DONE,
    help="Only jobs in this state; may be repeated.  [default: all but done]",
)
@click.option(
    "--limit", type=click.IntRange(1), default=100, show_default=True, help="At most so many."
)
@json_option
@data_dir_option
@pass_invocation
def list_(invocation: Invocation, states: tuple[str, ...], limit: int, as_json: bool) -> None:
    """List jobs, the newest first.

    Those that are done are listed only when asked for.
    """
    from mentorbooking.application.ports.job_queue import JobState
    from mentorbooking.entrypoints.cli.opening import opened

    async def run() -> Sequence[Job]:
        async with opened(invocation) as kept:
            queue = await kept.jobs()
            return await queue.list_jobs([JobState(state) for state in states], limit=limit)

    found = asyncio.run(run())
    if as_json:
        print_json([_as_json(job) for job in found])
        return
    print_table(
        ("ID", "QUEUE", "STATE", "ATTEMPTS", "FOR", "SINCE", "DUE", "LAST ERROR"),
        [
            (
                job.id,
                job.queue,
                job.state,
                job.attempts,
                job.key,
                job.enqueued_at,
                job.due_at,
                job.last_error,
            )
            for job in found
        ],
    )


@jobs.command(epilog=examples("jobs retry 12 13", "jobs retry --all"))
@click.argument("ids", metavar="ID…", nargs=-1, type=click.IntRange(1))
@click.option("--all", "every", is_flag=True, help="All that were given up.")
@json_option
@data_dir_option
@pass_invocation
def retry(invocation: Invocation, ids: tuple[int, ...], every: bool, as_json: bool) -> None:
    """Retry jobs that were given up.

    The service that runs, or runs next, tries them anew.
    """
    from mentorbooking.entrypoints.cli.opening import opened
    from mentorbooking.entrypoints.cli.retrying import retry_jobs

    if every == bool(ids):
        raise click.UsageError("Name jobs by their ids, or ask for --all that were given up.")

    async def run() -> list[int]:
        async with opened(invocation) as kept:
            return await retry_jobs(await kept.jobs(), None if every else ids)

    retried = asyncio.run(run())
    if as_json:
        print_json({"retried": retried})
    else:
        click.echo(f"{len(retried)} jobs will be tried anew", err=True)
    alive = [str(job_id) for job_id in ids if job_id not in retried]
    if alive:
        raise Failure(f"not among those that were given up: {', '.join(alive)}", ExitCode.REFUSED)


def _as_json(job: Job) -> dict[str, object]:
    return {
        "id": job.id,
        "queue": job.queue,
        "state": job.state,
        "attempts": job.attempts,
        "key": job.key,
        "enqueued_at": job.enqueued_at,
        "due_at": job.due_at,
        "finished_at": job.finished_at,
        "last_error": job.last_error,
    }
