"""Opening what is kept, for one command, beside a service that may be running."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from mentorbooking.adapters.data_directory import DataDirectory
from mentorbooking.adapters.identity.passwords import Argon2Passwords
from mentorbooking.adapters.observability.logging import configure_logging
from mentorbooking.application.answers.slot import SlotAnswer
from mentorbooking.application.context import SYSTEM, CommandContext, enter_context
from mentorbooking.application.principal import Principal
from mentorbooking.domain.user_account.role import Role
from mentorbooking.entrypoints.cli.invocation import Invocation
from mentorbooking.entrypoints.composition import Foundation, build_core, lay_foundation
from mentorbooking.entrypoints.core import Core

OPERATOR_OF_THE_MACHINE: Final = Principal(SYSTEM, Role.ADMIN)
"""Who can run the program on the data may do everything; no account stands for them."""

CLIENT: Final = "command-line"
"""What attempts from here are throttled by."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The service without its lists and its workers."""

    base: Foundation
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
    passwords = Argon2Passwords(secrets.token_bytes)
    try:
        yield Opened(
            base,
            build_core(
                base,
                passwords=passwords,
                open_slots=_NoLists(),
                acquaintances=_NoLists(),
                lists_hold_it=_not_waiting,
            ),
        )
    finally:
        passwords.close()
        base.close()


class _NoLists:
    """What is asked of lists by commands that nobody gives here."""

    def next_open(self, mentor_id: str, *, after: datetime, limit: int) -> list[SlotAnswer]:  # noqa: ARG002
        return []

    def have_confirmed_booking(self, *, student_id: str, mentor_id: str) -> bool:  # noqa: ARG002
        return False


async def _not_waiting() -> bool:
    return True
