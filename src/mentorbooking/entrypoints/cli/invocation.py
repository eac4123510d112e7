"""What is common to all commands: the data directory, and the settings that name it.

``--data-dir`` may stand before and behind the command's word; the last one counts.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from mentorbooking.entrypoints.cli.exit_codes import ExitCode
from mentorbooking.entrypoints.cli.failures import Failure

if TYPE_CHECKING:
    from mentorbooking.adapters.data_directory import DataDirectory
    from mentorbooking.entrypoints.settings import Settings

FC = TypeVar("FC", bound=Callable[..., Any] | click.Command)


@dataclass
class Invocation:
    """One call of the program."""

    data_dir: Path | None = None

    def settings(self, **given: Any) -> Settings:
        """Return the settings; what was given on the command line wins, None was not given."""
        from mentorbooking.entrypoints.settings import load_settings

        return load_settings(os.environ, data_dir=self.data_dir, **given)

    def directory_with_data(self) -> DataDirectory:
        """Return the data directory; there has to be a log in it.

        To read from a directory that is not there is more likely a slip than a wish.
        """
        from mentorbooking.adapters.data_directory import DataDirectory

        directory = DataDirectory(self.settings().data_dir)
        if not directory.events.exists():
            raise Failure(
                f"there is no event log in {directory.root}; is it the right --data-dir?",
                ExitCode.UNUSABLE,
            )
        return directory


pass_invocation = click.make_pass_decorator(Invocation, ensure=True)


def _remember(ctx: click.Context, _: click.Parameter, value: str | None) -> None:
    invocation = ctx.ensure_object(Invocation)
    if value is not None:
        if not value.strip():
            raise click.BadParameter("a path is needed.")
        invocation.data_dir = Path(value)


def data_dir_option(command: FC) -> FC:
    return click.option(
        "--data-dir",
        metavar="DIR",
        expose_value=False,
        callback=_remember,
        help="Folder for everything that is kept.  [default: MENTORBOOKING_DATA_DIR or ./data]",
    )(command)


def examples(*lines: str) -> str:
    """Return the end of a help page: lines that can be pasted."""
    return "\b\nExamples:\n" + "\n".join(f"  mentorbooking {line}" for line in lines)


def json_option(command: FC) -> FC:
    return click.option("--json", "as_json", is_flag=True, help="Print JSON, for machines.")(
        command
    )
