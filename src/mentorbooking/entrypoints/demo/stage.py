"""The service's commands with a clock that is set back, for the demo to act with."""

from __future__ import annotations

import asyncio
import dataclasses
import secrets
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, TypeVar

from mentorbooking.adapters.identity.passwords import Argon2Passwords
from mentorbooking.adapters.ids import MonotonicIds
from mentorbooking.application.context import SYSTEM, CommandContext, enter_context, user_actor
from mentorbooking.application.principal import Principal
from mentorbooking.entrypoints.composition import build_core
from mentorbooking.entrypoints.core import Core
from mentorbooking.entrypoints.demo.clock import SetBackClock
from mentorbooking.entrypoints.service import Service

SIDE_BY_SIDE: Final = 4
"""More would only wait for each other, and a store on AWS lets nobody wait for long."""

C = TypeVar("C")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Stage:
    """Everybody who acts does so through ``act``, in the time of ``clock``."""

    core: Core
    clock: SetBackClock
    _turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(SIDE_BY_SIDE))

    async def act(
        self, who: Principal | None, handle: Callable[[C], Awaitable[R]], command: C
    ) -> R:
        """Carry out a command as somebody; None: as who runs the program.

        Of those who act at once, some wait for their turn. Each act is a task of its own, so that
        nothing afterwards seems to be done by whoever acted last.
        """
        async with self._turns:
            return await asyncio.create_task(self._act(who, handle, command))

    async def _act(
        self, who: Principal | None, handle: Callable[[C], Awaitable[R]], command: C
    ) -> R:
        enter_context(
            CommandContext(
                actor=user_actor(who.user_id) if who else SYSTEM,
                channel="cli",
                correlation_id=self.core.ids.new("demo"),
            )
        )
        return await handle(command)


@contextmanager
def stage_in_the_past(service: Service, behind: timedelta) -> Iterator[Stage]:
    """Build the commands anew over the service's own log, with the time set back."""
    clock = SetBackClock(service.base.clock, behind)
    ids = MonotonicIds(clock, secrets.randbits)
    aggregates = service.base.aggregates_with(clock, ids)
    passwords = Argon2Passwords(secrets.token_bytes)
    try:
        core = build_core(
            dataclasses.replace(service.base, clock=clock, ids=ids, aggregates=aggregates),
            passwords=passwords,
            open_slots=service.views.timeslots,
            acquaintances=service.views.bookings,
            lists_hold_it=_not_waiting,
        )
        yield Stage(core, clock)
    finally:
        passwords.close()


async def _not_waiting() -> bool:
    return True
