"""Lane 0 as the one order of all lanes, and what this process knows of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from mentorbooking.adapters.persistence.chain import Checkpoint
from mentorbooking.adapters.persistence.dynamodb_log.lanes.cuts import Cut, Entry, Reach, events_of
from mentorbooking.adapters.persistence.dynamodb_log.lanes.lane import Commit, Lane
from mentorbooking.adapters.persistence.requests import StoredEvent

_EVENTS_KEPT = 5_000


class Tail(NamedTuple):
    """The end of lane 0, and how far all lanes are in order with it."""

    end: Checkpoint
    reach: Reach


class Line:
    """``lane`` is lane 0. ``others`` are the lanes that commits are made in, by number; none
    where that is lane 0 itself.

    The newest cuts are kept with the events that they take in: several followers of one process
    read them one after the other.
    """

    def __init__(self, table: str, lanes: int) -> None:
        self.lane = Lane(table, 0, is_only=lanes == 1)
        self.others = {number: Lane(table, number) for number in range(1, lanes + 1) if lanes > 1}
        self.tail: Tail | None = None
        self._table = table
        self._recent: dict[int, list[StoredEvent]] = {}

    def other(self, number: int) -> Lane:
        """Return a lane; one that another process knows of may be new to this one."""
        return self.others.get(number) or Lane(self._table, number)

    def extended(self, cut: Cut, lanes: Mapping[int, Sequence[Commit]]) -> None:
        """Take in that a cut was made behind the tail."""
        self.tail = Tail(cut.end, cut.content.reach)
        self.lane.learn(cut.end)
        self.keep(cut, events_of(cut, lanes))

    def kept(self, entries: Iterable[Entry]) -> dict[int, list[StoredEvent]]:
        """Return the events that are kept of some entries, by where the entry begins."""
        found = ((entry.first, self._recent.get(entry.first)) for entry in entries)
        return {first: events for first, events in found if events is not None}

    def keep(self, cut: Cut, events: list[StoredEvent]) -> None:
        """Keep the events of a cut, and of so many others, of the newest."""
        self._recent[cut.first] = events
        while len(self._recent) > 1 and sum(map(len, self._recent.values())) > _EVENTS_KEPT:
            self._recent.pop(min(self._recent), None)
