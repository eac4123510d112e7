"""Following the log: events in, rows out, a batch at a time, for all read models together.

A rebuild is nothing but a second generation of the same model that begins at 0 and takes the
place of the first when it has come as far. A batch is read once for all that stand at the same
position, and written in one transaction with their new positions.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future
from dataclasses import dataclass

import structlog

from mentorbooking.adapters.read_models.sqlite import registry
from mentorbooking.adapters.read_models.sqlite.database import ViewsDatabase
from mentorbooking.adapters.read_models.sqlite.faults import discard_if_damaged
from mentorbooking.adapters.read_models.sqlite.target import Reached, Target
from mentorbooking.application.ports.event_log import EventLog, RecordedEvent
from mentorbooking.application.read_models.progress import (
    AlreadyRebuilding,
    ProjectionState,
    RebuildFailed,
    ReportProgress,
)

_log = structlog.get_logger(__name__)


@dataclass(slots=True, eq=False)
class _Rebuild:
    """New generations that are being filled together."""

    targets: list[Target]
    progress: ReportProgress | None
    done: Future[None]


class Following:
    """For one thread; others may ask for positions and states."""

    def __init__(
        self,
        views: ViewsDatabase,
        log: EventLog,
        *,
        batch: int = 1_000,
        after_each: Callable[[], None] = lambda: None,
    ) -> None:
        self._views = views
        self._log = log
        self._batch = batch
        self._after_each = after_each
        self._rebuilds: list[_Rebuild] = []
        self._used = {
            row.name: Target(
                views.models[row.name],
                row.name,
                row.generation,
                Reached(row.position, row.event_id),
            )
            for row in registry.registered(views.db)
        }
        self.head = 0

    def positions(self) -> dict[str, int]:
        return {name: target.position for name, target in self._used.items()}

    def reached(self, names: Collection[str], position: int) -> bool | None:
        """Tell whether all of these have come so far; None: one of them never will."""
        targets = [self._used[name] for name in names]
        if all(target.position >= position for target in targets):
            return True
        return None if any(target.error is not None for target in targets) else False

    def states(self) -> list[ProjectionState]:
        filled = {
            target.name: target.position
            for rebuild in list(self._rebuilds)
            for target in rebuild.targets
        }
        return [
            ProjectionState(
                name=name,
                generation=target.generation,
                position=target.position,
                state="running" if target.error is None else "failed",
                error=target.error,
                rebuilt_to=filled.get(name),
            )
            for name, target in self._used.items()
        ]

    def advance(self) -> bool:
        """Take every generation one batch further; tell whether there is more to do at once."""
        try:
            self.head = self._log.head()
            self._bring_all_forward()
            for rebuild in list(self._rebuilds):
                self._conclude(rebuild)
        except sqlite3.DatabaseError as error:
            if not discard_if_damaged(self._views.path, error):
                raise
            self._stop_all("the file of the read models is damaged")
            return False
        return bool(self._rebuilds) or any(
            target.position < self.head for target in self._running()
        )

    def _running(self) -> list[Target]:
        targets = [*self._used.values()]
        targets += [target for rebuild in self._rebuilds for target in rebuild.targets]
        return [target for target in targets if target.error is None]

    def _bring_all_forward(self) -> None:
        """Begin with those that are furthest, so that who comes behind can draw level."""
        together: defaultdict[int, list[Target]] = defaultdict(list)
        for target in self._running():
            together[target.position].append(target)
        limit = self._batch
        for position in sorted(together, reverse=True):
            reached = position
            if position < self.head:
                reached = self._step(position, together[position], limit)
                self._after_each()
            following = max((p for p in together if p < position), default=0)
            limit = min(self._batch, reached - following)

    def _step(self, position: int, targets: Sequence[Target], limit: int) -> int:
        """Read a batch and write what follows from it; return how far it went."""
        events = self._log.read(position, limit)
        sound = _up_to_a_hole(events, position)
        is_hole = not events or len(sound) < len(events)
        with self._views.transaction() as db:
            reached = {target: target.take_in(db, sound) for target in targets}
            if is_hole:
                missing = position + len(sound) + 1
                hole = f"the log has a hole: position {missing} is missing"
                reached |= {
                    target: reached.get(target, target.at)._replace(error=hole)
                    for target in self._running()
                }
            self._register(db, reached)
        for target, at in reached.items():
            target.at = at
            if at.error is not None:
                _log.error("a projection has stopped", projection=target.name, error=at.error)
        return position + len(sound)

    def _register(self, db: sqlite3.Connection, reached: dict[Target, Reached]) -> None:
        """Track those in use; the others' positions live as long as their rebuild."""
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

    # -- rebuilding --------------------------------------------------------

    def rebuild(
        self,
        names: Collection[str],
        progress: ReportProgress | None = None,
        done: Future[None] | None = None,
    ) -> Future[None]:
        """Begin to fill new generations, as ``ReadModelsProgress`` says; ``advance`` goes on."""
        under_way = {target.name for each in self._rebuilds for target in each.targets}
        if under_way.intersection(names):
            raise AlreadyRebuilding(*sorted(under_way.intersection(names)))
        targets = []
        with self._views.transaction() as db:
            for name in dict.fromkeys(names):
                used = self._used[name]
                generation = used.generation + 1
                target = Target(used.model, f"{name}_g{generation}", generation)
                target.model.create(db, target.table, generation)
                targets.append(target)
        rebuild = _Rebuild(targets, progress, done or Future())
        self._rebuilds.append(rebuild)
        return rebuild.done

    def _conclude(self, rebuild: _Rebuild) -> None:
        """Put the new generations in place if they have caught up; give up if one can't."""
        errors = [target.error for target in rebuild.targets if target.error is not None]
        if errors or rebuild.done.cancelled():
            self._give_up(rebuild)
            if rebuild.done.set_running_or_notify_cancel():
                rebuild.done.set_exception(RebuildFailed("; ".join(errors)))
            return
        front = max([self.head, *(t.position for t in self._used.values() if t.error is None)])
        if rebuild.progress is not None:
            rebuild.progress(min(target.position for target in rebuild.targets), front)
        if all(target.position >= front for target in rebuild.targets):
            self._put_in_place(rebuild)
            if rebuild.done.set_running_or_notify_cancel():
                rebuild.done.set_result(None)

    def _put_in_place(self, rebuild: _Rebuild) -> None:
        with self._views.transaction() as db:
            for target in rebuild.targets:
                target.model.put_in_place(db, target.table)
                registry.replace(db, target.name, target.generation)
                registry.track(db, [target.name], *target.at)
        for target in rebuild.targets:
            target.table = target.name
            self._used[target.name] = target
            _log.info(
                "a read model was made anew", projection=target.name, position=target.position
            )
        self._rebuilds.remove(rebuild)
        self._after_each()

    def _give_up(self, rebuild: _Rebuild) -> None:
        with self._views.transaction() as db:
            for target in rebuild.targets:
                target.model.drop(db, target.table)
        self._rebuilds.remove(rebuild)

    def abandon_rebuilds(self) -> None:
        """Tell who waits for a rebuild that it will not end; the next start cleans up."""
        for rebuild in self._rebuilds:
            rebuild.done.cancel()


def _up_to_a_hole(events: Sequence[RecordedEvent], after: int) -> Sequence[RecordedEvent]:
    """Return the events before the first that is not at the position behind its predecessor's."""
    for expected, recorded in enumerate(events, after + 1):
        if recorded.position != expected:
            return events[: expected - after - 1]
    return events
