"""Reading a lane in the order of its positions, never past a hole.

What is far behind the known end of the lane was committed long ago and never changes: it is
read eventually consistent, at half the price. A read that finds less than must be there is
made again strongly.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any, NamedTuple

from mentorbooking.adapters.persistence.dynamodb_log.asking.patience import Patience
from mentorbooking.adapters.persistence.dynamodb_log.asking.steps import Steps, asking, at_once
from mentorbooking.adapters.persistence.dynamodb_log.items import Item, epoch_of, number
from mentorbooking.adapters.persistence.dynamodb_log.lanes.cuts import (
    Cut,
    Entry,
    events_of,
    ranges_of,
    read_entry,
)
from mentorbooking.adapters.persistence.dynamodb_log.lanes.lane import (
    Commit,
    Lane,
    check_for_cuts,
    newest,
    query_lane,
)
from mentorbooking.adapters.persistence.dynamodb_log.lanes.line import Line
from mentorbooking.adapters.persistence.requests import GapInLog, LogUnavailable, StoredEvent

_ENTRIES_AT_ONCE = 500
_EVENTS_AT_ONCE = 2_000
"""So many at least that cuts are read for, if there are so many."""


class HoleInLane(GapInLog, LogUnavailable):
    """A lane lacks what other lanes, or its own later commits, tell of: nobody may go on."""

    def __init__(self, lane: int, position: int) -> None:
        super().__init__(f"lane {lane} has a hole: position {position} is missing")


class ReadLog(NamedTuple):
    """Events in order, and the position up to which all that were asked for are among them."""

    events: list[StoredEvent]
    reached: int


def read_log(
    line: Line,
    patience: Patience,
    after: int,
    limit: int,
    topics: Collection[str] | None,
    upto: int | None,
) -> Steps[ReadLog]:
    """Return events in order of position, ``after`` < position ≤ ``upto``, at most ``limit``.

    They end before a hole. Who asks for some topics could not tell that from a log in which
    nothing of theirs is left: ``GapInLog``.
    """
    lane = line.lane
    events: list[StoredEvent] = []
    place = after
    while len(events) < limit and (upto is None or place < upto):
        wanted = limit - len(events) if topics is None else _ENTRIES_AT_ONCE
        # Others of this process may go on while this waits: what was known before is compared.
        known = 0 if lane.known is None else lane.known.position
        entries = yield from entries_behind(lane, patience, place, wanted)
        if not entries:
            if topics is not None and place < known:
                raise GapInLog(f"the log has a hole: position {place + 1} is missing")
            break
        some = _enough(entries, place, max(wanted, _EVENTS_AT_ONCE))
        stored = yield from _events_of(line, some, patience)
        events += _selected(stored, place, topics, upto)
        place = some[-1].end.position
    return ReadLog(events[:limit], place)


def _enough(entries: Sequence[Entry], after: int, wanted: int) -> Sequence[Entry]:
    """Return as many entries as hold so many events: a cut may stand for hundreds."""
    for count, entry in enumerate(entries, 1):
        if entry.end.position - after >= wanted:
            return entries[:count]
    return entries


def _events_of(
    line: Line, entries: Sequence[Entry], patience: Patience
) -> Steps[list[StoredEvent]]:
    """Return the events of entries; what cuts take in is read, each lane at once."""
    kept = line.kept(entries)
    unknown = [each for each in entries if isinstance(each, Cut) and each.first not in kept]
    ranges = ranges_of(unknown)
    found = yield from at_once(
        [_commits_between(line.other(lane), *ends, patience) for lane, ends in ranges.items()]
    )
    lanes = dict(zip(ranges, found, strict=True))
    for cut in unknown:
        kept[cut.first] = events_of(cut, lanes)
        line.keep(cut, kept[cut.first])
    return [
        event
        for entry in entries
        for event in (kept[entry.first] if isinstance(entry, Cut) else entry.stored_events())
    ]


def _commits_between(lane: Lane, first: int, last: int, patience: Patience) -> Steps[list[Commit]]:
    """Return the commits from one that begins at ``first`` to one that ends at ``last``."""
    commits: list[Commit] = []
    place = first - 1
    while place < last:
        more = yield from entries_behind(lane, patience, place, last - place)
        if not more:
            raise HoleInLane(lane.number, place + 1)
        commits += [entry for entry in more if isinstance(entry, Commit)]
        place = more[-1].end.position
    return commits


def entries_behind(lane: Lane, patience: Patience, after: int, at_most: int) -> Steps[list[Entry]]:
    """Return entries without a hole between them, from the one that holds ``after`` + 1 on.

    None: the lane ends at ``after``, or there is a hole behind it.
    """
    known = lane.known.position if lane.known is not None else 0
    if after + at_most <= known:
        entries = yield from _page(lane, patience, after, at_most, is_strong=False)
        if entries:
            return entries
    return (yield from _page(lane, patience, after, at_most, is_strong=True))


class NextCommits(NamedTuple):
    """``are_all``: there were no others behind when they were read."""

    commits: list[Commit]
    are_all: bool


def next_commits(lane: Lane, patience: Patience, after: int, at_most: int) -> Steps[NextCommits]:
    """Return the commits behind the end of one, read strongly, at most so many.

    ``HoleInLane`` when the next one is missing and others are there.
    """
    expected = after + 1
    for _ in range(2):  # the first look may have passed by while two were being written
        call = query_lane(lane, epoch_of(expected), "sk >= :n", {":n": number(expected)}, at_most)
        answer = yield from asking(call, patience)
        commits = [each for each in _in_a_row(answer["Items"], after) if isinstance(each, Commit)]
        if commits:
            end = commits[-1].end
            are_all = (
                "LastEvaluatedKey" not in answer
                and len(commits) == len(answer["Items"])
                and epoch_of(end.position + 1) == epoch_of(expected)
            )
            if are_all:
                lane.learn_end(end)
            else:
                lane.learn(end)
            return NextCommits(commits, are_all)
        if not answer["Items"]:
            return NextCommits([], are_all=True)
    raise HoleInLane(lane.number, expected)


def _page(
    lane: Lane, patience: Patience, after: int, at_most: int, *, is_strong: bool
) -> Steps[list[Entry]]:
    call = query_lane(
        lane,
        epoch_of(after + 1),
        "sk >= :n",
        {":n": number(after + 1)},
        min(at_most, _ENTRIES_AT_ONCE),
        ConsistentRead=is_strong,
    )
    items = (yield from asking(call, patience))["Items"]
    check_for_cuts(lane, items)
    entries = _in_a_row(items, after)
    if not entries and not _ends_at(lane, after):
        entries = yield from _entry_around(lane, patience, after, is_strong=is_strong)
    if entries:
        lane.learn(entries[-1].end)
    return entries


def _in_a_row(items: Sequence[Item], after: int) -> list[Entry]:
    """Read the entries that follow each other from the one that begins behind a position."""
    entries: list[Entry] = []
    expected = after + 1
    for item in items:
        entry = read_entry(item)
        if entry.first != expected:
            break
        entries.append(entry)
        expected = entry.end.position + 1
    return entries


def _ends_at(lane: Lane, position: int) -> bool:
    """Whether an entry is known to end there: mostly so for who follows the lane."""
    return position == 0 or (lane.known is not None and lane.known.position == position)


def _entry_around(
    lane: Lane, patience: Patience, after: int, *, is_strong: bool
) -> Steps[list[Entry]]:
    """Find the entry that began at ``after`` or before, if it also holds what is behind."""
    entry = yield from entry_at(lane, patience, after, is_strong=is_strong)
    return [entry] if entry is not None and entry.end.position > after else []


def entry_at(
    lane: Lane, patience: Patience, position: int, *, is_strong: bool = True
) -> Steps[Entry | None]:
    """Return the last entry that began at a position or before."""
    epoch = epoch_of(position)
    for each in (epoch, epoch - 1)[: epoch + 1]:
        more: dict[str, Any] = {"ScanIndexForward": False, "ConsistentRead": is_strong}
        call = query_lane(lane, each, "sk <= :n", {":n": number(position)}, 1, **more)
        items = (yield from asking(call, patience))["Items"]
        if items:
            check_for_cuts(lane, items)
            return read_entry(items[0])
    return None


def _selected(
    events: Sequence[StoredEvent], after: int, topics: Collection[str] | None, upto: int | None
) -> Iterator[StoredEvent]:
    for event in events:
        if event.position <= after or (topics is not None and event.topic not in topics):
            continue
        if upto is not None and event.position > upto:
            return
        yield event


def entry_items(lane: Lane, after: int, patience: Patience) -> Steps[list[Item]]:
    """Return some entries that begin behind a position, as they are stored, holes or not.

    None: there is nothing behind it.
    """
    epoch = epoch_of(after + 1)
    while True:
        call = query_lane(lane, epoch, "sk > :n", {":n": number(after)}, _ENTRIES_AT_ONCE)
        items: list[Item] = (yield from asking(call, patience))["Items"]
        if items:
            return items
        end = yield from newest(lane, patience)
        if epoch >= epoch_of(end.position):
            return []
        epoch += 1
