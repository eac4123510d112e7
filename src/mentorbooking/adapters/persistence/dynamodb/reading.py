"""Reading a lane in the order of its positions, never past a hole.

What is far behind the known end of the lane was committed long ago and never changes: it is
read eventually consistent, at half the price. A read that finds less than must be there is
made again strongly.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from mentorbooking.adapters.persistence.dynamodb.items import Item, epoch_of, number
from mentorbooking.adapters.persistence.dynamodb.lanes import (
    Commit,
    Lane,
    newest,
    query_lane,
    read_commit,
)
from mentorbooking.adapters.persistence.dynamodb.patience import Patience
from mentorbooking.adapters.persistence.dynamodb.steps import Steps, asking
from mentorbooking.adapters.persistence.requests import GapInLog, StoredEvent

_COMMITS_AT_ONCE = 500


def read_log(
    lane: Lane,
    patience: Patience,
    after: int,
    limit: int,
    topics: Collection[str] | None,
    upto: int | None,
) -> Steps[list[StoredEvent]]:
    """Return events in order of position, ``after`` < position ≤ ``upto``, at most ``limit``.

    They end before a hole. Who asks for some topics could not tell that from a lane in which
    nothing of theirs is left: ``GapInLog``.
    """
    events: list[StoredEvent] = []
    place = after
    while len(events) < limit and (upto is None or place < upto):
        wanted = limit - len(events) if topics is None else _COMMITS_AT_ONCE
        # Others of this process may go on while this waits: what was known before is compared.
        known = 0 if lane.known is None else lane.known.position
        commits = yield from commits_behind(lane, patience, place, wanted)
        if not commits:
            if topics is not None and place < known:
                raise GapInLog(f"the log has a hole: position {place + 1} is missing")
            break
        events += _selected(commits, place, topics, upto)
        place = commits[-1].end.position
    return events[:limit]


def commits_behind(lane: Lane, patience: Patience, after: int, at_most: int) -> Steps[list[Commit]]:
    """Return commits without a hole between them, from the one that holds ``after`` + 1 on.

    None: the lane ends at ``after``, or there is a hole behind it.
    """
    known = lane.known.position if lane.known is not None else 0
    if after + at_most <= known:
        commits = yield from _page(lane, patience, after, at_most, is_strong=False)
        if commits:
            return commits
    return (yield from _page(lane, patience, after, at_most, is_strong=True))


def _page(
    lane: Lane, patience: Patience, after: int, at_most: int, *, is_strong: bool
) -> Steps[list[Commit]]:
    commits: list[Commit] = []
    expected = after + 1
    call = query_lane(
        lane,
        epoch_of(expected),
        "sk >= :n",
        {":n": number(expected)},
        min(at_most, _COMMITS_AT_ONCE),
        ConsistentRead=is_strong,
    )
    for item in (yield from asking(call, patience))["Items"]:
        commit = read_commit(item)
        if commit.first != expected:
            break
        commits.append(commit)
        expected = commit.end.position + 1
    if not commits and not _ends_at(lane, after):
        commits = yield from _commit_around(lane, patience, after, is_strong=is_strong)
    if commits:
        lane.learn(commits[-1].end)
    return commits


def _ends_at(lane: Lane, position: int) -> bool:
    """Whether a commit is known to end there: mostly so for who follows the lane."""
    return position == 0 or (lane.known is not None and lane.known.position == position)


def _commit_around(
    lane: Lane, patience: Patience, after: int, *, is_strong: bool
) -> Steps[list[Commit]]:
    """Find the commit that began at ``after`` or before, if it also holds what is behind."""
    epoch = epoch_of(after)
    for each in (epoch, epoch - 1)[: epoch + 1]:
        more: dict[str, Any] = {"ScanIndexForward": False, "ConsistentRead": is_strong}
        call = query_lane(lane, each, "sk <= :n", {":n": number(after)}, 1, **more)
        items = (yield from asking(call, patience))["Items"]
        if items:
            commit = read_commit(items[0])
            return [commit] if commit.end.position > after else []
    return []


def _selected(
    commits: list[Commit], after: int, topics: Collection[str] | None, upto: int | None
) -> Iterator[StoredEvent]:
    for commit in commits:
        for event in commit.stored_events():
            if event.position <= after or (topics is not None and event.topic not in topics):
                continue
            if upto is not None and event.position > upto:
                return
            yield event


def commit_items(lane: Lane, after: int, patience: Patience) -> Steps[list[Item]]:
    """Return some commits that begin behind a position, as they are stored, holes or not.

    None: there is nothing behind it.
    """
    epoch = epoch_of(after + 1)
    while True:
        call = query_lane(lane, epoch, "sk > :n", {":n": number(after)}, _COMMITS_AT_ONCE)
        items: list[Item] = (yield from asking(call, patience))["Items"]
        if items:
            return items
        end = yield from newest(lane, patience)
        if epoch >= epoch_of(end.position):
            return []
        epoch += 1
