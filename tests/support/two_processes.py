"""The real use cases over one log on disk, as each of several processes has them.

What is apart in two processes is apart here: connections, writer threads, states in memory.
Time and chance are given, so that a run can be repeated.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any, Final

from mentorbooking.adapters.data_directory import DataDirectory
from mentorbooking.adapters.event_store.sqlite.aggregate_store import SQLiteAggregateStore
from mentorbooking.adapters.identity.passwords import Argon2Passwords
from mentorbooking.adapters.ids import MonotonicIds
from mentorbooking.application.context import CommandContext, enter_context, user_actor
from mentorbooking.application.ports.aggregate_store import AggregateStore
from mentorbooking.application.ports.clock import Clock
from mentorbooking.application.use_cases.bookings.cancel_booking import CancelBooking
from mentorbooking.application.use_cases.bookings.create_booking import CreateBooking, OpenSlots
from mentorbooking.application.use_cases.calendar.add_timeslots import AddTimeslots
from mentorbooking.application.use_cases.calendar.remove_timeslot import RemoveTimeslot
from mentorbooking.application.use_cases.calendar.update_timeslot import UpdateTimeslot
from mentorbooking.application.use_cases.mentors.change_standing import ChangeStanding
from mentorbooking.domain.kernel.errors import InvalidContent, Refused
from mentorbooking.entrypoints.composition import build_core
from mentorbooking.entrypoints.embedded.foundation import lay_foundation
from mentorbooking.entrypoints.settings import Settings
from tests.support.model_of_booking import Command, Told, refusal_code

SNAPSHOT_EVERY: Final = 3
"""Far more often than in earnest, so that short histories are read from snapshots too."""


Handlers = dict[type[Command], Callable[[Any], Awaitable[Any]]]


class Caller:
    """Gives commands to the handlers of one process, wherever its ``aggregates`` are kept."""

    def __init__(self, aggregates: AggregateStore, handlers: Handlers) -> None:
        self.aggregates = aggregates
        self._handlers = handlers

    async def ask(self, command: Command, request: int = 0) -> Told:
        """Give a command; return how it ended, refusals included. Its events name ``request``."""
        self.enter_context(command.caller.user_id, request)
        try:
            return Told(None, await self.handle(command))
        except InvalidContent as refusal:
            errors = [(error.pointer, error.code) for error in refusal.errors]
            return Told(refusal_code(refusal.code, errors))
        except Refused as refusal:
            return Told(refusal.code, refusal.extra)

    async def handle(self, command: Command) -> Any:
        """Give a command within whatever surrounds it; return its answer."""
        return await self._handlers[type(command)](command)

    def enter_context(self, user_id: str, request: int = 0) -> None:
        actor = user_actor(user_id)
        enter_context(CommandContext(actor=actor, channel="http", correlation_id=str(request)))


class NoLists:
    """For whom nobody looks at the alternatives of a slot."""

    async def next_open(self, mentor_id: str, **wanted: object) -> list[Any]:
        return []


async def not_waiting() -> bool:
    return True


class Process(Caller):
    """What one process has in memory, over the log on disk that all share."""

    def __init__(
        self,
        folder: Path,
        clock: Clock,
        *,
        seed: int,
        hot: int = 100,
        open_slots: OpenSlots | None = None,
        lists_hold_it: Callable[[], Awaitable[bool]] | None = None,
    ) -> None:
        settings = Settings(data_dir=folder, secret_key="s" * 32, rate_limits=False)
        base = lay_foundation(settings, DataDirectory(folder), clock)
        ids = MonotonicIds(clock, Random(seed).getrandbits)
        aggregates = SQLiteAggregateStore(
            base.sqlite_log, clock, ids, hot=hot, snapshot_every=SNAPSHOT_EVERY, look_every=0
        )
        self.log = base.log
        self.sqlite_log = base.sqlite_log
        self._passwords = Argon2Passwords(Random(seed).randbytes)
        nobody: Any = None
        commands = build_core(
            replace(base, aggregates=aggregates, ids=ids),
            passwords=self._passwords,
            open_slots=open_slots or nobody,
            acquaintances=nobody,
            lists_hold_it=lists_hold_it or nobody,
        ).commands
        super().__init__(
            aggregates,
            {
                AddTimeslots: commands.add_timeslots,
                UpdateTimeslot: commands.update_timeslot,
                RemoveTimeslot: commands.remove_timeslot,
                CreateBooking: commands.create_booking,
                CancelBooking: commands.cancel_booking,
                ChangeStanding: commands.change_standing,
            },
        )

    def close(self) -> None:
        self._passwords.close()
        self.sqlite_log.close()
