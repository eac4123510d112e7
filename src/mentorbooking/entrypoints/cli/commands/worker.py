"""``mentorbooking worker``: parts of the service's work in a process of their own."""

from __future__ import annotations

from collections.abc import Collection

import click

from mentorbooking.entrypoints.cli.invocation import (
    Invocation,
    data_dir_option,
    examples,
    pass_invocation,
)
from mentorbooking.entrypoints.logs import begin_to_log


@click.command(epilog=examples("worker mail exports", "worker projections outbox jobs mail"))
@click.argument("parts", metavar="PART…", nargs=-1, required=True)
@data_dir_option
@pass_invocation
def worker(invocation: Invocation, parts: tuple[str, ...]) -> None:
    """Do some PARTs of the service's work until SIGTERM or Ctrl-C.

    On one machine there are mail and exports, and `mentorbooking serve` starts one process for
    both by itself, at a lower priority. On AWS there are projections, outbox, jobs and mail;
    several processes may do the same part: one of them works, or they share.
    """
    settings = invocation.settings()
    begin_to_log(settings)
    chosen = tuple(dict.fromkeys(parts))
    if settings.backend == "aws":
        from mentorbooking.entrypoints.aws.parts import PARTS as PARTS_ON_AWS
        from mentorbooking.entrypoints.aws.worker import run_worker as run_worker_on_aws

        _require_known(chosen, PARTS_ON_AWS)
        run_worker_on_aws(settings, chosen)
        return
    from mentorbooking.entrypoints.worker import PARTS, run_worker

    _require_known(chosen, PARTS)
    invocation.directory_with_data()
    run_worker(settings, chosen)


def _require_known(chosen: Collection[str], parts: Collection[str]) -> None:
    unknown = [part for part in chosen if part not in parts]
    if unknown:
        raise click.BadParameter(
            f"there is no {', '.join(unknown)}; there are {', '.join(parts)}.", param_hint="PART"
        )
