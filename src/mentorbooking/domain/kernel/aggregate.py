"""What an aggregate is: state folded from events, and decisions that answer with events.

A decision never changes the aggregate it is asked of. It returns a ``Decision``: the new
events together with the state and version on which they were decided. The store appends
them only if the stream still has that version, and keeps ``Decision.outcome()``. So what is
in memory is always committed state, and a refused append leaves nothing to undo.

``evolve`` assigns fields and never refuses: history has already happened. It replaces the
containers it changes instead of editing them, because states of different versions share
them.
"""

from __future__ import annotations

from copy import copy
from datetime import UTC, datetime
from typing import Any, ClassVar, Final, Generic, Self, TypeVar

import msgspec

from mentorbooking.domain.kernel.event import Event

NEVER: Final = datetime.min.replace(tzinfo=UTC)
"""What stands for an instant that the first event tells, as long as there is none."""


class AggregateRoot(msgspec.Struct, kw_only=True):
    """Base of every aggregate. Version 0 is an aggregate of which nothing is known yet."""

    TOPIC: ClassVar[str]
    SNAPSHOT_SCHEMA: ClassVar[int] = 1

    id: str
    version: int = 0

    @classmethod
    def stream_of(cls, aggregate_id: str) -> str:
        """Name the stream that holds the aggregate: its id, where that names its type."""
        return aggregate_id

    @property
    def stream(self) -> str:
        return self.stream_of(self.id)

    @property
    def exists(self) -> bool:
        return self.version > 0

    @property
    def extent(self) -> int:
        """Count what it holds, itself included: what keeping it costs."""
        return 1

    def evolve(self, event: Any) -> None:
        """Take one event of this aggregate's union into the state."""
        raise NotImplementedError

    def after(self, *events: Event) -> Self:
        """Return the state that follows; this one stays as it is."""
        following = copy(self)
        for event in events:
            following.evolve(event)
            following.version += 1
        return following

    def decide(self, *events: Event) -> Decision[Self]:
        """Answer a command. No events: it was already satisfied, or only a version to hold."""
        return Decision(self, events)


A_co = TypeVar("A_co", bound=AggregateRoot, covariant=True)


class Decision(Generic[A_co]):
    """New events of one aggregate, and the state and version they were decided on.

    A decision without events still guards: the append holds only if the stream has not moved.
    """

    __slots__ = ("_outcome", "aggregate", "events")

    def __init__(self, aggregate: A_co, events: tuple[Event, ...]) -> None:
        self.aggregate = aggregate
        self.events = events
        self._outcome: A_co | None = None

    @property
    def stream(self) -> str:
        return self.aggregate.stream

    @property
    def expected_version(self) -> int:
        return self.aggregate.version

    def outcome(self) -> A_co:
        """Return the state once the events are recorded."""
        if self._outcome is None:
            self._outcome = self.aggregate.after(*self.events) if self.events else self.aggregate
        return self._outcome
