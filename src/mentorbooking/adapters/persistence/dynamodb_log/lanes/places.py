"""Between places in lanes and positions in their one order."""

from __future__ import annotations

from collections.abc import Sequence

from mentorbooking.adapters.persistence.dynamodb_log.asking.patience import Patience
from mentorbooking.adapters.persistence.dynamodb_log.asking.steps import Steps, at_once
from mentorbooking.adapters.persistence.dynamodb_log.lanes.cuts import Cut, Entry, Reach, reach_of
from mentorbooking.adapters.persistence.dynamodb_log.lanes.lane import newest
from mentorbooking.adapters.persistence.dynamodb_log.lanes.line import Line
from mentorbooking.adapters.persistence.dynamodb_log.lanes.reading import entry_at


def ends(line: Line, patience: Patience) -> Steps[Reach]:
    """Return how far each lane is that commits are made in."""
    found = yield from at_once([newest(lane, patience) for lane in line.others.values()])
    return (0, *(end.position for end in found))


def position_at(line: Line, asked: Reach, patience: Patience) -> Steps[int | None]:
    """Return the first position at which everything up to ``asked`` is in order; None: nowhere
    yet. It is found by halving: a query for each doubling of the log.
    """
    low, high = 1, (yield from newest(line.lane, patience)).position
    if not any(asked):
        return 0
    first: Entry | None = None
    while low <= high:
        middle = (low + high) // 2
        entry = yield from entry_at(line.lane, patience, middle)
        if entry is None or not _covers(reach_of(entry), asked):
            low = middle + 1 if entry is None else entry.end.position + 1
        else:
            first, high = entry, entry.first - 1
    return None if first is None else _within(first, asked)


def _within(entry: Entry, asked: Reach) -> int:
    """Return the position in an entry, the first that covers what is asked, where that is."""
    position = max(entry.first, asked[0])
    if isinstance(entry, Cut):
        at = entry.first
        for run in entry.content.runs:
            wanted = asked[run.lane] if run.lane < len(asked) else 0
            if run.first <= wanted <= run.last:
                position = max(position, at + wanted - run.first)
            at += run.size
    return position


def _covers(reach: Sequence[int], asked: Sequence[int]) -> bool:
    return all(
        wanted <= (reach[lane] if lane < len(reach) else 0) for lane, wanted in enumerate(asked)
    )
