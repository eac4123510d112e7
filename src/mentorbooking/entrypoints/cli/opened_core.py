"""The commands of the service, opened for one command of the program."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from mentorbooking.application.context import SYSTEM, CommandContext, enter_context
from mentorbooking.application.principal import Principal
from mentorbooking.domain.user_account.role import Role
from mentorbooking.entrypoints.composition import Foundation
from mentorbooking.entrypoints.core import Core

OPERATOR_OF_THE_MACHINE: Final = Principal(SYSTEM, Role.ADMIN)
"""Who can run the program on the data may do everything; no account stands for them."""

CLIENT: Final = "command-line"
"""What attempts from here are throttled by."""


@dataclass(frozen=True, slots=True)
class OpenedCore:
    """The service without its lists and its workers.

    ``others_work`` tells whether a service may be about to do what was asked for, when nothing
    has been seen of it for so many seconds.
    """

    base: Foundation
    core: Core
    others_work: Callable[[float], bool]

    def enter_context(self) -> CommandContext:
        """Let the commands that follow be those of this call of the program."""
        context = CommandContext(
            actor=SYSTEM, channel="cli", correlation_id=self.base.ids.new("call")
        )
        enter_context(context)
        return context
