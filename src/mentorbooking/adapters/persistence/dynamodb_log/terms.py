"""What the log on DynamoDB answers beyond what every log answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from mentorbooking.adapters.persistence.dynamodb_log.items import Item
from mentorbooking.adapters.persistence.requests import (
    Appended,
    ConstraintViolated,
    LogUnavailable,
    Snapshot,
    StoredEvent,
)


class Landed(Appended, frozen=True, gc=False):
    """Where the events of an append landed.

    ``moved_out`` names the streams whose recent events left the tip: the moment to keep a
    snapshot, so that loading needs one query again.
    """

    lane: int = 0
    moved_out: tuple[str, ...] = ()


class Loaded(NamedTuple):
    """A stream as of one moment: ``events`` are those behind the ``snapshot``, if there is one.

    ``version`` is that of the newest event, 0 for a stream yet to begin; ``lane`` and
    ``position`` are where it is.
    """

    snapshot: Snapshot | None
    events: Sequence[StoredEvent]
    version: int
    lane: int = 0
    position: int = 0


class AppendInDoubt(LogUnavailable):
    """No answer came until patience ended: the append may be recorded, or may yet be."""


class AlongsideRefused(ConstraintViolated):
    """The condition of ``alongside[index]`` failed; ``item`` is what stands there, if anything."""

    def __init__(self, index: int, item: Item | None) -> None:
        super().__init__(f"the condition of item {index} beside the events does not hold")
        self.index, self.item = index, item
