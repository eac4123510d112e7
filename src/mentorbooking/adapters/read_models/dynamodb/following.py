"""Following the log: events in, rows out, a batch at a time, for all read models together.

A rebuild is nothing but a second generation of the same model that begins at 0. A batch is
read once for all generations that stand at the same position; when its rows are written, their
new positions are noted. A kill in between has the batch written once more, without harm.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from typing import Any

import msgspec
import structlog

from mentorbooking.adapters.read_models.dynamodb.clearing import Clearing
from mentorbooking.adapters.read_models.dynamodb.lease import Lease
from mentorbooking.adapters.read_models.dynamodb.model import DynamoDBReadModel
from mentorbooking.adapters.read_models.dynamodb.rebuilds import Rebuilds
from mentorbooking.adapters.read_models.dynamodb.registry import NotOurs, Standing
from mentorbooking.adapters.read_models.dynamodb.table import ViewsTable
from mentorbooking.adapters.read_models.dynamodb.target import Reached, Target
from mentorbooking.adapters.read_models.holes import hole_behind, up_to_a_hole
from mentorbooking.adapters.read_models.how_far import states_of
from mentorbooking.application.ports.event_log import EventLog
from mentorbooking.application.positions import LogPlace, covers
from mentorbooking.application.read_models.progress import ProjectionState

_log = structlog.get_logger(__name__)


class Following:
    """For one task at a time; anybody may ask how far it is.

    ``seconds`` tells the time since the epoch; ``owner`` is a name that no other process has.
    ``after_each`` is called whenever positions or states have changed.
    """

    def __init__(
        self,
        table: ViewsTable,
        models: Sequence[DynamoDBReadModel[Any]],
        log: EventLog,
        *,
        owner: str,
        seconds: Callable[[], int],
        batch: int = 1_000,
    ) -> None:
        self._table = table
        self._models = {model.name: model for model in models}
        self._log = log
        self._seconds = seconds
        self._batch = batch
        self.after_each: Callable[[], None] = _nothing
        self._used: dict[str, Target] = {}
        self.lease = Lease(table, owner)
        self.rebuilds = Rebuilds(self.lease, self._used, seconds)
        self._clearing = Clearing(table, self.lease)
        self.head = 0
        self._has_taken_over = False
        self._adopt({})

    # -- how far it is -----------------------------------------------------

    def positions(self) -> dict[str, int]:
        return {name: target.position for name, target in self._used.items()}

    def reached(self, names: Collection[str], place: LogPlace) -> bool | None:
        """Tell whether all of these have come so far; None: one of them never will."""
        targets = [self._used[name] for name in names]
        if all(covers(target.at.place, place) for target in targets):
            return True
        return None if any(target.error is not None for target in targets) else False

    def states(self) -> list[ProjectionState]:
        return states_of(self._used, self.rebuilds.positions())

    # -- whose turn it is --------------------------------------------------

    @property
    def in_charge(self) -> bool:
        """Tell whether this one projects, as far as it knows."""
        return self._has_taken_over and self.lease.held

    async def look(self) -> None:
        """Learn how far another process has come."""
        self._has_taken_over = False
        self._adopt((await self.lease.look()).standings)

    async def take_over(self) -> None:
        """Become the one who projects. Those that had failed try again; rows that another
        version of the program has written, or that are of another log, are made anew.

        ``NotOurs``: somebody else was quicker.
        """
        self._has_taken_over = False
        self.rebuilds.abandon()
        registry = await self.lease.look()
        number = registry.last_number
        standings = {}
        for name, model in self._models.items():
            known = registry.standings.get(name)
            if known is None:
                number += 1
                known = Standing(1, number, model.made_by)
            standings[name] = msgspec.structs.replace(known, error=None)
        await self.lease.take(standings, last_number=number)
        self._adopt(standings)
        outdated = [each for each, at in standings.items() if await self._is_outdated(each, at)]
        if outdated:
            _log.warning("projections_outdated", projections=outdated)
            await self.rebuilds.begin(outdated)
        self._has_taken_over = True

    async def _is_outdated(self, name: str, known: Standing) -> bool:
        if known.made_by != self._models[name].made_by:
            return True
        if known.position == 0:
            return False
        found = await self._log.read(known.position - 1, 1)
        return not found or found[0].event_id != known.event_id

    def _adopt(self, standings: dict[str, Standing]) -> None:
        for name, model in self._models.items():
            known = standings.get(name) or Standing(1, 0, model.made_by)
            at = Reached(known.position, known.event_id, known.error, known.noted, known.lanes)
            self._used[name] = Target(model, known.generation, known.number, at, in_use=True)
        self.after_each()

    # -- going on ----------------------------------------------------------

    async def advance(self) -> bool:
        """Take every generation a batch further; tell whether there is more to do at once.

        What it raises is the log's trouble or the table's, and the next call tries again; or
        ``NotOurs``.
        """
        if not self.in_charge:
            raise NotOurs
        self.head = await self._log.head()
        together: defaultdict[int, list[Target]] = defaultdict(list)
        for target in self._running():
            together[target.position].append(target)
        for position, targets in together.items():
            # Nobody is taken past the head, so that those who come behind draw level there.
            if position < self.head:
                await self._step(position, targets, min(self._batch, self.head - position))
                self.after_each()
        if await self.rebuilds.conclude(self.head):
            self.after_each()
        return self.rebuilds.under_way or any(
            target.position < self.head for target in self._running()
        )

    async def clear_away(self) -> bool:
        """Delete some rows that are not in use; tell whether there may be more to do at once."""
        being_filled = {target.rows for target in self.rebuilds.targets()}
        return await self._clearing.go_on(being_filled, self._seconds())

    async def catch_up(self) -> None:
        """Take over, project what there is, and let go: for who is called now and then."""
        await self.take_over()
        while await self.advance():
            pass
        while await self.clear_away():
            pass
        await self.lease.let_go()

    def _running(self) -> list[Target]:
        return [
            target
            for target in (*self._used.values(), *self.rebuilds.targets())
            if target.error is None
        ]

    async def _step(self, position: int, targets: Sequence[Target], limit: int) -> None:
        """Read a batch, and write what follows from it."""
        events = await self._log.read(position, limit)
        sound = up_to_a_hole(events, position)
        now = self._seconds()
        taken_in = await asyncio.gather(
            *(target.take_in_what_it_can(self._table, sound, now) for target in targets),
            return_exceptions=True,
        )
        reached: dict[Target, Reached] = {}
        trouble: list[BaseException] = []
        for target, at in zip(targets, taken_in, strict=True):
            if isinstance(at, BaseException):
                trouble.append(at)
            else:
                reached[target] = at
        await self._settle(reached)
        if trouble:
            raise trouble[0]
        hole = hole_behind(sound, events, position)
        if hole is not None:
            await self._settle(
                {target: target.at._replace(error=hole) for target in self._running()}
            )

    async def _settle(self, reached: dict[Target, Reached]) -> None:
        """Note how far those in use are; the others begin again after a restart."""
        standings = {
            target.name: target.standing(at)
            for target, at in reached.items()
            if target.in_use and at != target.at
        }
        if standings:
            await self.lease.note(standings)
        for target, at in reached.items():
            target.at = at
            if at.error is not None:
                _log.error("projection_stopped", projection=target.name, error=at.error)


def _nothing() -> None:
    """Nobody wants to know."""
