"""Putting the commits of several lanes into one order, in which every stream is in order.

A lane is in order by itself, and a stream may go from one lane to another. So a commit waits
until what it follows in other lanes has been put in order: the events before its own in their
streams, and those of the streams that it was decided on. Somebody wrote that first, so
the oldest commit that is not in order yet never waits: nothing waits for ever.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from mentorbooking.adapters.persistence.dynamodb_log.lanes.lane import Commit


class Merged(NamedTuple):
    """Commits in order, each with its lane; ``reach`` is how far they go in each lane."""

    commits: list[tuple[int, Commit]]
    reach: tuple[int, ...]


def merge(
    waiting: Sequence[Sequence[Commit]], reach: Sequence[int], most_events: int = 50_000
) -> Merged:
    """Put together the next commits of each lane as far as nothing is missing before them.

    Both by lane. Of those that may come next the one that was made first does, by its writer's
    clock, or else the one of the first lane. There are no more than ``most_events``, but for a
    single commit: few enough that what is made of them reaches over no epoch of lane 0.
    """
    rest = [deque(commits) for commits in waiting]
    reached = list(reach)
    merged: list[tuple[int, Commit]] = []
    events = 0
    while ready := [
        (commits[0].time_us, lane)
        for lane, commits in enumerate(rest)
        if commits and _may_follow(commits[0], reached)
    ]:
        _, lane = min(ready)
        commit = rest[lane][0]
        events += commit.size
        if merged and events > most_events:
            break
        merged.append((lane, rest[lane].popleft()))
        reached[lane] = commit.end.position
    return Merged(merged, tuple(reached))


def followed_by(commit: Commit) -> Iterator[tuple[int, int]]:
    """Yield the lanes and positions in them that a commit has to come behind."""
    yield from commit.content.checked
    for event in commit.content.events:
        if event.follows is not None:
            yield event.follows


def _may_follow(commit: Commit, reached: Sequence[int]) -> bool:
    return all(reached[lane] >= position for lane, position in followed_by(commit))
