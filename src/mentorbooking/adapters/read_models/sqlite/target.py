"""A generation of a read model, and bringing it forward by a batch of events."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from sqlite3 import Connection
from typing import Any, Final, NamedTuple

from mentorbooking.adapters.read_models.sqlite.faults import is_of_the_machine
from mentorbooking.adapters.read_models.sqlite.model import SQLiteReadModel
from mentorbooking.application.ports.event_log import RecordedEvent
from mentorbooking.application.read_models.projection import ProjectionFailed, project
from mentorbooking.application.trying_again.fault_notes import fault_place


class Reached(NamedTuple):
    """Where a batch has left a target: behind this event, and why not further."""

    position: int
    event_id: str | None
    error: str | None = None


_NOWHERE: Final = Reached(0, None)


class Target:
    """``table`` is the model's own name while the generation is in use. An error stops it.

    ``indices`` are those that may still be missing; they are made when it has nearly caught up.
    """

    def __init__(
        self,
        model: SQLiteReadModel[Any],
        generation: int,
        table: str,
        at: Reached = _NOWHERE,
    ) -> None:
        self.model = model
        self.generation = generation
        self.table = table
        self.at = at
        self.indices = list(model.indices)

    @property
    def name(self) -> str:
        return self.model.name

    @property
    def position(self) -> int:
        return self.at.position

    @property
    def error(self) -> str | None:
        return self.at.error

    def make_an_index(self, db: Connection) -> None:
        """Make one of those that may be missing."""
        self.model.create_index(db, self.indices[-1], self.table, self.generation)
        self.indices.pop()

    def take_in(self, db: Connection, events: Sequence[RecordedEvent]) -> Reached:
        """Write what follows from the events that come next."""
        handles = self.model.projection.handles
        handled = [recorded for recorded in events if type(recorded.event) in handles]
        if handled:
            rows = project(
                self.model.projection, handled, lambda keys: self.model.load(db, self.table, keys)
            )
            if rows.changed:
                self.model.write(db, self.table, rows)
        return Reached(events[-1].position, events[-1].event_id) if events else self.at

    def take_in_what_it_can(self, db: Connection, events: Sequence[RecordedEvent]) -> Reached:
        """Do as ``take_in`` does, but stop where it raises, and leave what came before.

        Raises only what is no fault of the model: a full disk, a torn file.
        """
        try:
            with _all_or_nothing(db):
                return self.take_in(db, events)
        except ProjectionFailed as failure:
            sound = [recorded for recorded in events if recorded.position < failure.position]
            return self.take_in_what_it_can(db, sound)._replace(error=str(failure))
        except Exception as error:
            if is_of_the_machine(error):
                raise
            return self.at._replace(
                error=f"{type(error).__name__} in {fault_place(error)}"
                f" when writing rows up to position {events[-1].position}"
            )


@contextmanager
def _all_or_nothing(db: Connection) -> Iterator[None]:
    db.execute("SAVEPOINT target")
    try:
        yield
    except Exception:
        # When SQLite has rolled the whole transaction back there is nothing to go back to.
        if db.in_transaction:
            db.execute("ROLLBACK TO target")
            db.execute("RELEASE target")
        raise
    db.execute("RELEASE target")
