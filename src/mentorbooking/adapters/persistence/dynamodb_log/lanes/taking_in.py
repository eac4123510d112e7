"""Taking what was committed in several lanes into the one order: making cuts.

Whoever wants to read on does it; a cut claims its place in lane 0 as a commit claims its own, so
that of two made at once one is refused, and made again behind the other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mentorbooking.adapters.persistence.chain import Checkpoint
from mentorbooking.adapters.persistence.dynamodb_log.asking.faults import (
    CONDITION_FAILED_ALONE,
    Refused,
)
from mentorbooking.adapters.persistence.dynamodb_log.asking.patience import Patience
from mentorbooking.adapters.persistence.dynamodb_log.asking.steps import (
    Call,
    Steps,
    asking,
    at_once,
    both,
)
from mentorbooking.adapters.persistence.dynamodb_log.lanes.cuts import (
    Cut,
    Reach,
    cut_item,
    make_cut,
    reach_of,
)
from mentorbooking.adapters.persistence.dynamodb_log.lanes.lane import NOWHERE, Commit, newest
from mentorbooking.adapters.persistence.dynamodb_log.lanes.line import Line, Tail
from mentorbooking.adapters.persistence.dynamodb_log.lanes.merging import followed_by, merge
from mentorbooking.adapters.persistence.dynamodb_log.lanes.reading import (
    HoleInLane,
    NextCommits,
    entry_at,
    next_commits,
)
from mentorbooking.adapters.persistence.requests import LogUnavailable

_COMMITS_AT_ONCE = 256
_FEWEST_OF_A_LANE = 16


def take_in(line: Line, patience: Patience) -> Steps[Checkpoint]:
    """See to it that all that was committed before this began is in order; return its end.

    ``HoleInLane``: a lane has lost a commit, and nothing is taken in before it is mended.
    """
    tail = line.tail or (yield from _look(line, patience))
    missed = False
    while True:
        reach = _long_enough(tail.reach, line)
        looked, found = yield from both(
            _look(line, patience), at_once(_behind(line, reach, patience))
        )
        if looked != tail:
            tail = looked
            continue
        lanes = {number: each.commits for number, each in zip(line.others, found, strict=True)}
        merged = merge([lanes.get(number, ()) for number in range(len(reach))], reach)
        if merged.commits:
            missed = False
            cut = make_cut(tail.end, merged.reach, merged.commits)
            if (yield from _is_made(line, cut, patience)):
                line.extended(cut, lanes)
                if _are_all(found, len(merged.commits)):
                    return cut.end
            elif not patience.remaining():
                raise LogUnavailable("others were first for too long")
            tail = yield from _look(line, patience)
        elif not any(lanes.values()):
            return tail.end
        elif missed:
            raise HoleInLane(*_missing(lanes, reach))
        else:  # what these follow was committed before them, and is found when looked for again
            missed = True


def _behind(line: Line, reach: Reach, patience: Patience) -> list[Steps[NextCommits]]:
    at_most = max(_COMMITS_AT_ONCE // len(line.others), _FEWEST_OF_A_LANE)
    return [
        next_commits(lane, patience, reach[number], at_most) for number, lane in line.others.items()
    ]


def _are_all(found: Sequence[NextCommits], taken_in: int) -> bool:
    return all(each.are_all for each in found) and taken_in == sum(
        len(each.commits) for each in found
    )


def _missing(lanes: Mapping[int, Sequence[Commit]], reach: Reach) -> tuple[int, int]:
    """Return the place that somebody follows and nobody finds."""
    return next(
        place
        for commits in lanes.values()
        for place in (followed_by(commits[0]) if commits else ())
        if reach[place[0]] < place[1]
    )


def _long_enough(reach: Reach, line: Line) -> Reach:
    return reach + (0,) * (max(line.others) + 1 - len(reach))


def _look(line: Line, patience: Patience) -> Steps[Tail]:
    """Return where lane 0 ends."""
    end = yield from newest(line.lane, patience)
    if line.tail is None or line.tail.end.position < end.position:
        entry = (yield from entry_at(line.lane, patience, end.position)) if end.position else None
        line.tail = Tail(NOWHERE, (0,)) if entry is None else Tail(entry.end, reach_of(entry))
    return line.tail


def _is_made(line: Line, cut: Cut, patience: Patience) -> Steps[bool]:
    put = {
        "TableName": line.lane.table,
        "Item": cut_item(cut),
        "ConditionExpression": "attribute_not_exists(pk)",
    }
    try:
        yield from asking(Call("put_item", put), patience)
    except Refused as refused:
        if refused.code != CONDITION_FAILED_ALONE:
            raise
        return False
    return True
