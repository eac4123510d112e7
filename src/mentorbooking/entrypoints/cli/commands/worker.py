"""``mentorbooking worker``: parts of the service's work in a process of their own."""

from __future__ import annotations

import click

from mentorbooking.entrypoints.cli.invocation import (
    Invocation,
    data_dir_option,
    pass_invocation,
)


@click.command()
@click.argument("parts", metavar="PART…", nargs=-1, required=True)
@click.option("--with-parent", is_flag=True, hidden=True)
@data_dir_option
@pass_invocation
def worker(invocation: Invocation, parts: tuple[str, ...], with_parent: bool) -> None:
    """Do some PARTs of the service's work until SIGTERM: mail, exports.

    `mentorbooking serve` starts one for both by itself, at a lower priority.
    """
    from mentorbooking.adapters.observability.logging import configure_logging
    from mentorbooking.entrypoints.worker import PARTS, run_worker

    unknown = [part for part in parts if part not in PARTS]
    if unknown:
        raise click.BadParameter(
            f"there is no {', '.join(unknown)}; there are {', '.join(PARTS)}.", param_hint="PART"
        )
    settings = invocation.settings()
    configure_logging(level=settings.log_level, layout=settings.log_format)
    invocation.directory_with_data()
    run_worker(settings, tuple(dict.fromkeys(parts)), with_parent=with_parent)
