"""Opening what is kept, for one command, beside a service that may be running."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from mentorbooking.adapters.data_directory import DataDirectory
from mentorbooking.adapters.observability.logging import configure_logging
from mentorbooking.application.context import SYSTEM, CommandContext, enter_context
from mentorbooking.application.principal import Principal
from mentorbooking.domain.user_account.role import Role
from mentorbooking.entrypoints.cli.invocation import Invocation
from mentorbooking.entrypoints.core import Core
from mentorbooking.entrypoints.core_without_lists import core_without_lists
from mentorbooking.entrypoints.embedded_foundation import EmbeddedFoundation, lay_foundation

OPERATOR_OF_THE_MACHINE: Final = Principal(SYSTEM, Role.ADMIN)
"""Who can run the program on the data may do everything; no account stands for them."""

CLIENT: Final = "command-line"
"""What attempts from here are throttled by."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The service without its lists and its workers."""

    base: EmbeddedFoundation
    core: Core

    def enter_context(self) -> CommandContext:
        """Let the commands that follow be those of this call of the program."""
        context = CommandContext(
            actor=SYSTEM, channel="cli", correlation_id=self.base.ids.new("call")
        )
        enter_context(context)
        return context


@contextmanager
def opened_core(invocation: Invocation) -> Iterator[Opened]:
    """Open the data directory, made on first use."""
    settings = invocation.settings()
    configure_logging(level="warning", layout=settings.log_format)
    directory = DataDirectory(settings.data_dir)
    directory.prepare()
    base = lay_foundation(settings, directory)
    try:
        with core_without_lists(base) as core:
            yield Opened(base, core)
    finally:
        base.close()
