"""Folding a batch of events over rows that may be ahead of it, and what is then to be written.

A batch may have been written before, in part or whole: by a projector that was killed before it
noted how far it had come, or by another that is at work at the same time, in batches of other
sizes. So each row tells the event that last changed it, and takes in only what comes after.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Generic, TypeVar

from mentorbooking.adapters.read_models.dynamodb.items import Item, Place, gravestone, stored
from mentorbooking.adapters.read_models.dynamodb.model import DynamoDBReadModel, Known, Step
from mentorbooking.application.ports.event_log import RecordedEvent
from mentorbooking.application.read_models.projection import Key, project

R = TypeVar("R")

GONE: Known[Any] = Known(None, 0)


def keys_read(model: DynamoDBReadModel[R], events: Sequence[RecordedEvent]) -> AbstractSet[Key]:
    """Name the rows that events may look at or replace."""
    reads = model.projection.reads
    return {key for recorded in events for key in reads(recorded.event, recorded)}


class Folded(Generic[R]):
    """What a batch makes of the rows it touches. Writes nothing, and reads nothing."""

    def __init__(self, model: DynamoDBReadModel[R], loaded: Mapping[Key, Known[R]]) -> None:
        self._model = model
        self._known = dict(loaded)
        self.steps: list[Step[R]] = []
        self.passed_over: set[Key] = set()
        """Rows that were ahead of an event."""

    def take_in(self, events: Sequence[RecordedEvent]) -> None:
        """``ProjectionFailed``: an event can't be taken in; then this fold is of no use."""
        projection = self._model.projection
        for recorded in events:
            reads = list(projection.reads(recorded.event, recorded))
            ahead = [key for key in reads if self._is_ahead(key, recorded.position)]
            if ahead:
                self.passed_over.update(ahead)
                continue
            for key, row in project(projection, (recorded,), self._load).changed.items():
                self._change(key, row, recorded.position)

    def _is_ahead(self, key: Key, position: int) -> bool:
        return self._known.get(key, GONE).position >= position

    def _load(self, keys: AbstractSet[Key]) -> Mapping[Key, R]:
        found = {key: self._known.get(key, GONE).row for key in keys}
        return {key: row for key, row in found.items() if row is not None}

    def _change(self, key: Key, row: R | None, position: int) -> None:
        if self._is_ahead(key, position):
            self.passed_over.add(key)
            return
        before = self._known.get(key, GONE).row
        self.steps.append(Step(position, key, before, row))
        self._known[key] = Known(row, position)

    # -- what follows ------------------------------------------------------

    @property
    def keys(self) -> list[Key]:
        """Name the rows that have changed."""
        return list(dict.fromkeys(step.key for step in self.steps))

    def homes(self, expires: int) -> Iterator[Item]:
        """Yield the rows. They are written last: what they tell as done has been done."""
        for key in self.keys:
            yield self._item(self._model.home(key), self._known[key], expires)

    def copies(self, expires: int) -> Iterator[Item]:
        """Yield the copies for lists, and gravestones wherever a row has been meanwhile: a
        projector with smaller batches may have put it there.
        """
        been: dict[Key, dict[Place, None]] = {}
        for step in self.steps:
            places = been.setdefault(step.key, {})
            for row in (step.before, step.after):
                if row is not None:
                    places.update(dict.fromkeys(self._model.copies(step.key, row)))
        for key, places in been.items():
            known = self._known[key]
            stands = set() if known.row is None else set(self._model.copies(key, known.row))
            for place in places:
                here = known if place in stands else Known(None, known.position)
                yield self._item(place, here, expires)

    def _item(self, place: Place, known: Known[R], expires: int) -> Item:
        if known.row is None:
            return gravestone(place, known.position, expires)
        return stored(place, known.position, self._model.pack(known.row))
