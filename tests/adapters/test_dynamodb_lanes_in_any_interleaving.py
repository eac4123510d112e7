"""Sixteen lanes, whoever writes and reads in whatever order, and is killed wherever: no event is
skipped, doubled, or delivered before its stream's predecessor.

Commits are made and read back as the log does it; only the table is left out, so that Hypothesis
decides what is visible when. What a reader has done and how far it is are kept together, lane by
lane: a kill loses what it had read, and nothing else.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from mentorbooking.adapters.persistence.chain import Checkpoint
from mentorbooking.adapters.persistence.dynamodb.lanes import (
    NOWHERE,
    Commit,
    commit_item,
    read_commit,
)
from mentorbooking.adapters.persistence.dynamodb.merging import deliverable, merge
from mentorbooking.adapters.persistence.dynamodb.ordering import OrderedAppend
from mentorbooking.adapters.persistence.dynamodb.tips import Tip
from mentorbooking.adapters.persistence.dynamodb.transaction import land
from tests.support.dynamo_logs import appending, to
from tests.support.effort import rounds

LANES = 16
STREAMS = "abcde"


class Lanes:
    """What writers have committed so far."""

    def __init__(self) -> None:
        self.commits: list[list[Commit]] = [[] for _ in range(LANES)]
        self.events: list[tuple[str, int]] = []
        self._heads: defaultdict[int, Checkpoint] = defaultdict(lambda: NOWHERE)
        self._tips: dict[str, Tip | None] = dict.fromkeys(STREAMS)

    def append(self, lane: int, streams: Sequence[str]) -> None:
        versions = [tip.version if (tip := self._tips[each]) else 0 for each in streams]
        request = appending(*(to(*at, b"x") for at in zip(streams, versions, strict=True)))
        landing = land(OrderedAppend(request, ()), lane, self._heads[lane], self._tips)
        assert landing.commit is not None
        self._heads[lane] = landing.commit.end
        self._tips.update((tip.stream, tip) for tip in landing.tips)
        self.commits[lane].append(read_commit(commit_item(lane, landing.commit)))
        self.events += [(each, at + 1) for each, at in zip(streams, versions, strict=True)]

    def behind(self, after: Sequence[int], at_most: Sequence[int]) -> list[list[Commit]]:
        """Return what a reader finds: so many commits of each lane, or as many as there are."""
        return [
            [commit for commit in commits if commit.first > position][:most]
            for commits, position, most in zip(self.commits, after, at_most, strict=True)
        ]


class Kept:
    """What readers have done, and how far they are. It insists on the order of every stream."""

    def __init__(self) -> None:
        self.after = [0] * LANES
        self.events: list[tuple[str, int]] = []
        self._versions: Counter[str] = Counter()

    def take(self, lane: int, commit: Commit) -> None:
        assert commit.first == self.after[lane] + 1
        for event in commit.content.events:
            assert event.version == self._versions[event.stream] + 1
            self._versions[event.stream] = event.version
            self.events.append((event.stream, event.version))
        self.after[lane] = commit.end.position


class Write(NamedTuple):
    lane: int
    streams: list[str]


class Read(NamedTuple):
    """``at_most``: commits found of each lane. Killed when ``lives`` of them are taken."""

    at_most: list[int]
    lives: int


class ReadOneLane(NamedTuple):
    """As ``Read`` of one lane, by who last heard of the others' positions so many steps ago."""

    lane: int
    at_most: int
    lives: int
    ago: int


LANE = st.integers(0, LANES - 1)
SOME = st.integers(0, 4)
WRITES = st.builds(Write, LANE, st.lists(st.sampled_from(STREAMS), min_size=1, unique=True))
READS = st.builds(Read, st.lists(SOME, min_size=LANES, max_size=LANES), st.integers(0, 20))
LANE_READS = st.builds(ReadOneLane, LANE, SOME, SOME, st.integers(0, 6))


def steps(
    reads: st.SearchStrategy[Read] | st.SearchStrategy[ReadOneLane],
) -> st.SearchStrategy[list[Write | Read | ReadOneLane]]:
    return st.lists(WRITES | WRITES | reads, max_size=60)


@settings(max_examples=rounds(100), deadline=None)
@given(steps(READS))
def test_one_reader_of_all_lanes(steps: list[Write | Read]) -> None:
    lanes, kept = Lanes(), Kept()
    everything = Read([1_000] * LANES, 1_000)
    for step in [*steps, everything]:
        if isinstance(step, Write):
            lanes.append(*step)
            continue
        merged = merge(lanes.behind(kept.after, step.at_most), kept.after)
        for lane, commit in merged.commits[: step.lives]:
            kept.take(lane, commit)
        if step.lives >= len(merged.commits):
            assert merged.after == tuple(kept.after)
    assert sorted(kept.events) == sorted(lanes.events)


@settings(max_examples=rounds(100), deadline=None)
@given(steps(LANE_READS))
def test_a_reader_for_each_lane(steps: list[Write | ReadOneLane]) -> None:
    lanes, kept = Lanes(), Kept()
    heard = [tuple(kept.after)]
    for step in [*steps, *to_the_end(steps)]:
        if isinstance(step, Write):
            lanes.append(*step)
            continue
        at_most = [step.at_most if lane == step.lane else 0 for lane in range(LANES)]
        found = lanes.behind(kept.after, at_most)[step.lane]
        others = list(heard[-1 - min(step.ago, len(heard) - 1)])
        others[step.lane] = kept.after[step.lane]
        for commit in found[: min(deliverable(found, others), step.lives)]:
            kept.take(step.lane, commit)
        heard.append(tuple(kept.after))
    assert sorted(kept.events) == sorted(lanes.events)


def to_the_end(steps: Sequence[object]) -> Iterator[ReadOneLane]:
    """Yield reads until nobody waits: each time around, somebody can go on."""
    for _ in range(len(steps)):
        yield from (ReadOneLane(lane, 1_000, 1_000, ago=0) for lane in range(LANES))
