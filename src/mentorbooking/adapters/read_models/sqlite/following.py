"""Following the log: events in, rows out, a batch at a time, for all read models together.

A rebuild is nothing but a second generation of the same model that begins at 0. A batch is
read once for all generations that stand at the same position, and written in one transaction
together with their new positions.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import TypeAlias

import structlog

from mentorbooking.adapters.read_models.holes import hole_behind, up_to_a_hole
from mentorbooking.adapters.read_models.how_far import states_of
from mentorbooking.adapters.read_models.sqlite import registry
from mentorbooking.adapters.read_models.sqlite.database import ViewsDatabase
from mentorbooking.adapters.read_models.sqlite.faults import discard_if_damaged
from mentorbooking.adapters.read_models.sqlite.log_reader import LogReader
from mentorbooking.adapters.read_models.sqlite.rebuilds import Rebuilds
from mentorbooking.adapters.read_models.sqlite.target import Reached, Target
from mentorbooking.application.ports.event_log import RecordedEvent
from mentorbooking.application.read_models.progress import ProjectionState

_TakeIn: TypeAlias = Callable[[Target, sqlite3.Connection, Sequence[RecordedEvent]], Reached]

_log = structlog.get_logger(__name__)


class Following:
    """For one thread; any may ask how far it is."""

    def __init__(
        self,
        views: ViewsDatabase,
        log: LogReader,
        *,
        batch: int = 1_000,
        after_each: Callable[[], None] = lambda: None,
    ) -> None:
        """``after_each`` is called whenever positions or states have changed."""
        self._views = views
        self._log = log
        self._batch = batch
        self._after_each = after_each
        self._used = {
            name: Target(views.models[name], generation, name, Reached(position, event_id))
            for name, generation, position, event_id, _, _ in registry.registered(views.db)
        }
        self.rebuilds = Rebuilds(views, self._used)
        self.head = 0

    # -- how far it is -----------------------------------------------------

    def positions(self) -> dict[str, int]:
        return {name: target.position for name, target in self._used.items()}

    def reached(self, names: Collection[str], position: int) -> bool | None:
        """Tell whether all of these have come so far; None: one of them never will."""
        targets = [self._used[name] for name in names]
        if all(target.position >= position for target in targets):
            return True
        return None if any(target.error is not None for target in targets) else False

    def states(self) -> list[ProjectionState]:
        return states_of(self._used, self.rebuilds.positions())

    # -- going on ----------------------------------------------------------

    def advance(self) -> bool:
        """Take every generation a batch further; tell whether there is more to do at once.

        What it raises is the log's trouble or the machine's; the next call tries again.
        """
        try:
            self.head = self._log.head()
            self._bring_all_forward()
            if self.rebuilds.conclude(self.head):
                self._after_each()
        except sqlite3.DatabaseError as error:
            if not discard_if_damaged(self._views.path, error):
                raise
            self._stop_all("the file of the read models is damaged")
            return False
        return self.rebuilds.under_way or any(
            target.position < self.head or target.indices for target in self._running()
        )

    def _running(self) -> list[Target]:
        return [
            target
            for target in (*self._used.values(), *self.rebuilds.targets())
            if target.error is None
        ]

    def _bring_all_forward(self) -> None:
        """Take nobody past the head, so that those who come behind draw level there."""
        together: defaultdict[int, list[Target]] = defaultdict(list)
        for target in self._running():
            together[target.position].append(target)
        for position, targets in together.items():
            behind = self.head - position
            if behind <= self._batch and self._make_an_index(targets):
                continue
            if behind > 0:
                self._step(position, targets, min(self._batch, behind))
                self._after_each()

    def _make_an_index(self, targets: Iterable[Target]) -> bool:
        """Make one that may be missing, before readers learn that the rows are there."""
        for target in targets:
            if target.indices:
                with self._views.transaction() as db:
                    target.make_an_index(db)
                return True
        return False

    def _step(self, position: int, targets: Sequence[Target], limit: int) -> None:
        """Read a batch, and write what follows from it."""
        events = self._log.read(position, limit)
        sound = up_to_a_hole(events, position)
        try:
            reached = self._write(Target.take_in, targets, sound)
        except Exception:  # noqa: BLE001  it is raised again if it is no fault of one model
            reached = self._write(Target.take_in_what_it_can, targets, sound)
        self._settle(reached)
        hole = hole_behind(sound, events, position)
        if hole is not None:
            stopped = {target: target.at._replace(error=hole) for target in self._running()}
            with self._views.transaction() as db:
                self._track(db, stopped)
            self._settle(stopped)

    def _write(
        self, take_in: _TakeIn, targets: Sequence[Target], events: Sequence[RecordedEvent]
    ) -> dict[Target, Reached]:
        with self._views.transaction() as db:
            reached = {target: take_in(target, db, events) for target in targets}
            self._track(db, reached)
        return reached

    def _settle(self, reached: dict[Target, Reached]) -> None:
        for target, at in reached.items():
            target.at = at
            if at.error is not None:
                _log.error("projection_stopped", projection=target.name, error=at.error)

    def _track(self, db: sqlite3.Connection, reached: dict[Target, Reached]) -> None:
        """Write down how far those in use are; the others begin again after a restart."""
        together: defaultdict[Reached, list[str]] = defaultdict(list)
        for target, at in reached.items():
            if self._used[target.name] is target:
                together[at].append(target.name)
        for at, names in together.items():
            registry.track(db, names, *at)

    def _stop_all(self, error: str) -> None:
        for target in self._running():
            target.at = target.at._replace(error=error)
        self._after_each()
