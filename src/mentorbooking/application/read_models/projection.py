"""How events become rows: a fold over the rows that a batch of events touches.

A projection is pure: it is shown the rows that a batch needs, and leaves them as they are
after it. Whoever keeps the rows loads and writes them once for a whole batch, together with
the position that it has reached, in whatever way its store does that best.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, ClassVar, Generic, TypeAlias, TypeVar

from mentorbooking.application.ports.event_log import RecordedEvent
from mentorbooking.application.trying_again.fault_notes import fault_place
from mentorbooking.domain.kernel.event import Event

Key: TypeAlias = str | tuple[str, int]

E = TypeVar("E", bound=Event)
R = TypeVar("R")


class Rows(Generic[R]):
    """The rows that a batch touches. ``changed`` is what it leaves; None: removed."""

    __slots__ = ("before", "changed")

    def __init__(self, before: Mapping[Key, R]) -> None:
        self.before = before
        self.changed: dict[Key, R | None] = {}

    def __getitem__(self, key: Key) -> R:
        """Return the row as it is now; ``KeyError`` when there is none."""
        row = self.changed[key] if key in self.changed else self.before[key]
        if row is None:
            raise KeyError(key)
        return row

    def put(self, key: Key, row: R) -> None:
        self.changed[key] = row

    def remove(self, key: Key) -> None:
        self.changed[key] = None


class Projection(ABC, Generic[E, R]):
    """Makes the rows of one read model out of the events it handles.

    ``version`` is raised whenever the same events would give other rows than before: what was
    projected by another version is thrown away and made anew.
    """

    name: ClassVar[str]
    version: ClassVar[int] = 1
    handles: ClassVar[frozenset[type[Event]]]

    def reads(self, event: E, recorded: RecordedEvent) -> Iterable[Key]:  # noqa: ARG002
        """Name the rows that ``apply`` may look at or replace, whether or not they exist."""
        return ()

    @abstractmethod
    def apply(self, event: E, recorded: RecordedEvent, rows: Rows[R]) -> None:
        """Take one event into the rows. What it raises stops this projection, and no other."""


class ProjectionFailed(Exception):
    """A projection raised on an event. The text holds no value of the event: it may be personal."""

    def __init__(self, recorded: RecordedEvent, cause: Exception) -> None:
        self.position = recorded.position
        super().__init__(
            f"{type(cause).__name__} in {fault_place(cause)} on {recorded.event.TOPIC}"
            f" at position {recorded.position}"
        )


def project(
    projection: Projection[Any, R],
    events: Sequence[RecordedEvent],
    load: Callable[[AbstractSet[Key]], Mapping[Key, R]],
) -> Rows[R]:
    """Fold events that ``projection`` handles over the rows that ``load`` finds for them."""
    wanted = {key for recorded in events for key in projection.reads(recorded.event, recorded)}
    rows = Rows(load(wanted) if wanted else {})
    for recorded in events:
        try:
            projection.apply(recorded.event, recorded, rows)
        except Exception as cause:
            raise ProjectionFailed(recorded, cause) from cause
    return rows
