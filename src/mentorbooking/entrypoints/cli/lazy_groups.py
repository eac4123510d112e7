"""A group of commands that imports only the one that is called."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any, NamedTuple

import click

from mentorbooking.entrypoints.cli.failures import failure_of


class Lazily(NamedTuple):
    """A command by its module and name, and its line in the list of commands."""

    module: str
    name: str
    line: str


class LazyGroup(click.Group):
    """``lazily`` names the commands in the order in which they are listed."""

    def __init__(self, *args: Any, lazily: Mapping[str, Lazily], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._lazily = lazily

    def list_commands(self, _: click.Context) -> list[str]:
        return list(self._lazily)

    def get_command(self, _: click.Context, cmd_name: str) -> click.Command | None:
        found = self._lazily.get(cmd_name)
        if found is None:
            return None
        command: click.Command = getattr(import_module(found.module), found.name)
        return command

    def format_commands(self, _: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, found.line) for name, found in self._lazily.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; errors that a person can do something about end it with one line."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except Exception as error:
            failure = failure_of(error)
            if failure is None:
                raise
            raise failure from error
