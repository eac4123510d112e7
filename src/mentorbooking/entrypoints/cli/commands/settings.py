"""``mentorbooking settings``: every setting, what it means and what it is now."""

from __future__ import annotations

import os

import click

from mentorbooking.entrypoints.cli.invocation import (
    Invocation,
    data_dir_option,
    json_option,
    pass_invocation,
)
from mentorbooking.entrypoints.cli.printing import print_json, print_table


@click.command()
@json_option
@data_dir_option
@pass_invocation
def settings(invocation: Invocation, as_json: bool) -> None:
    """Explain every setting, and tell what it is now. Secrets are not shown."""
    from mentorbooking.entrypoints.cli.explained_settings import explained
    from mentorbooking.entrypoints.settings import strange_variables

    for warning in strange_variables(os.environ):
        click.echo(f"warning: {warning}", err=True)
    found = explained(invocation.settings())
    if as_json:
        print_json(found)
        return
    print_table(
        ("VARIABLE", "NOW", "MEANING", "ALLOWED"),
        [(each.variable, each.now, each.meaning, each.allowed) for each in found],
    )
