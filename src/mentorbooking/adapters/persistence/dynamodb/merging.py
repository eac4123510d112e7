"""Reading several lanes as one log, in which every stream is in order.

A lane is in order by itself, and a stream may go from one lane to another. So a commit waits
until what its streams follow in other lanes has been delivered. Somebody wrote that first, so
the oldest commit that was not delivered yet never waits: nothing waits for ever.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from mentorbooking.adapters.persistence.dynamodb.lanes import Commit, Lane
from mentorbooking.adapters.persistence.dynamodb.patience import Patience
from mentorbooking.adapters.persistence.dynamodb.reading import commits_behind
from mentorbooking.adapters.persistence.dynamodb.steps import Steps


class Merged(NamedTuple):
    """Commits in an order in which they may be delivered, each with its lane.

    ``after`` tells for every lane how far they reach: where to go on from.
    """

    commits: list[tuple[int, Commit]]
    after: tuple[int, ...]


def deliverable(commits: Sequence[Commit], delivered: Sequence[int]) -> int:
    """Return how many of a lane's next commits may follow what was ``delivered`` of each lane.

    For who reads one lane of several, too: the others' positions are what was tracked of them.
    """
    for place, commit in enumerate(commits):
        for event in commit.content.events:
            if event.follows is not None and delivered[event.follows[0]] < event.follows[1]:
                return place
    return len(commits)


def read_lanes(
    lanes: Sequence[Lane], patience: Patience, after: Sequence[int], at_most: int
) -> Steps[Merged]:
    """Return commits behind a position in each lane, about ``at_most`` of each lane.

    ``after`` is what an earlier call told; zeros for the beginning.
    """
    waiting: list[list[Commit]] = []
    for lane, position in zip(lanes, after, strict=True):
        waiting.append((yield from commits_behind(lane, patience, position, at_most)))
    return merge(waiting, after)


def merge(waiting: Sequence[Sequence[Commit]], after: Sequence[int]) -> Merged:
    """Put together the next commits of each lane as far as nothing is missing before them."""
    rest = [list(commits) for commits in waiting]
    delivered = list(after)
    merged: list[tuple[int, Commit]] = []
    progress = True
    while progress:
        progress = False
        for lane, commits in enumerate(rest):
            ready = deliverable(commits, delivered)
            if ready:
                merged += [(lane, commit) for commit in commits[:ready]]
                delivered[lane] = commits[ready - 1].end.position
                del commits[:ready]
                progress = True
    return Merged(merged, tuple(delivered))
