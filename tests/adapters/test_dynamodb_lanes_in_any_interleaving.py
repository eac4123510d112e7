"""Sixteen lanes, whoever writes and reads on in whatever order, and is killed wherever: everybody
sees the same events in the same order, none skipped, doubled, or before its stream's predecessor
or what it was decided on.

What the log does is written in steps without I/O, so Hypothesis decides who makes the next call
to the table: readers that put lanes in order stand still in the midst of it while others go on,
and reads that need not be strong are behind. A kill loses what a process knew, but not what it
had kept of the log.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Generator, Sequence
from typing import Any, NamedTuple, TypeVar

from hypothesis import given, settings
from hypothesis import strategies as st

from mentorbooking.adapters.persistence.chain import Checkpoint
from mentorbooking.adapters.persistence.dynamodb_log.appending.ordering import OrderedAppend
from mentorbooking.adapters.persistence.dynamodb_log.appending.transaction import land
from mentorbooking.adapters.persistence.dynamodb_log.asking.faults import (
    CONDITION_FAILED_ALONE,
    Refused,
)
from mentorbooking.adapters.persistence.dynamodb_log.asking.patience import Patience
from mentorbooking.adapters.persistence.dynamodb_log.asking.steps import AtOnce, Call, Steps
from mentorbooking.adapters.persistence.dynamodb_log.items import Item
from mentorbooking.adapters.persistence.dynamodb_log.lanes.lane import NOWHERE, commit_item
from mentorbooking.adapters.persistence.dynamodb_log.lanes.line import Line
from mentorbooking.adapters.persistence.dynamodb_log.lanes.reading import read_log
from mentorbooking.adapters.persistence.dynamodb_log.lanes.taking_in import take_in
from mentorbooking.adapters.persistence.dynamodb_log.streams.tips import Tip
from mentorbooking.adapters.persistence.dynamodb_log.verification.chains import walk
from mentorbooking.adapters.persistence.requests import StoredEvent
from tests.support.dynamodb_logs import NOON, appending, to
from tests.support.effort import rounds

LANES = 16
STREAMS = "abcde"
READERS = 3

T = TypeVar("T")
Turns = Generator[None, None, T]
"""Stands still before each call to the table."""


class Table:
    """Lanes in memory; a read that need not be strong misses the newest ``lag`` writes."""

    def __init__(self, lag: int) -> None:
        self._writes: list[Item] = []
        self._lag = lag

    def put(self, item: Item) -> bool:
        """Put an item where there is none; False: there is one."""
        if any(each["pk"] == item["pk"] and each["sk"] == item["sk"] for each in self._writes):
            return False
        self._writes.append(item)
        return True

    def items(self, pk: str, *, strongly: bool = True) -> list[Item]:
        seen = self._writes[: None if strongly else max(0, len(self._writes) - self._lag)]
        there = [item for item in seen if item["pk"]["S"] == pk]
        return sorted(there, key=lambda item: int(item["sk"]["N"]))

    def perform(self, call: Call) -> dict[str, Any]:
        given = call.parameters
        if call.operation == "put_item":
            assert given["ConditionExpression"] == "attribute_not_exists(pk)"
            if not self.put(given["Item"]):
                raise Refused(CONDITION_FAILED_ALONE, "somebody was there before")
            return {"ResponseMetadata": {}}
        assert call.operation == "query"
        values = given["ExpressionAttributeValues"]
        at, comparing = int(values[":n"]["N"]), given["KeyConditionExpression"].split()[-2]
        there = self.items(values[":pk"]["S"], strongly=given["ConsistentRead"])
        found = [item for item in there if _holds(int(item["sk"]["N"]), comparing, at)]
        if not given.get("ScanIndexForward", True):
            found.reverse()
        more = len(found) > given["Limit"]
        return {"Items": found[: given["Limit"]], **({"LastEvaluatedKey": {}} if more else {})}


def _holds(number: int, comparing: str, at: int) -> bool:
    return {">=": number >= at, "<=": number <= at, ">": number > at}[comparing]


def performed(steps: Steps[T], table: Table) -> Turns[T]:
    """Perform steps on the table, those that may run side by side in turns."""
    try:
        step = next(steps)
        while True:
            try:
                if isinstance(step, AtOnce):
                    answer = {"results": (yield from _in_turns(step, table))}
                else:
                    assert isinstance(step, Call)
                    yield
                    answer = table.perform(step)
            except Refused as refused:
                step = steps.throw(refused)
            else:
                step = steps.send(answer)
    except StopIteration as end:
        result: T = end.value
        return result


def _in_turns(step: AtOnce, table: Table) -> Turns[list[Any]]:
    going = dict(enumerate(performed(part, table) for part in step.parts))
    results: list[Any] = [None] * len(going)
    while going:
        for number, part in list(going.items()):
            try:
                next(part)
            except StopIteration as end:
                results[number] = end.value
                del going[number]
            else:
                yield
    return results


class Writers:
    """Commit to any lanes of the table."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._heads: defaultdict[int, Checkpoint] = defaultdict(lambda: NOWHERE)
        self._tips: dict[str, Tip | None] = dict.fromkeys(STREAMS)
        self.events: list[tuple[str, int]] = []
        self.decided_on: list[tuple[tuple[str, int], tuple[str, int]]] = []

    def append(self, lane: int, streams: Sequence[str], at: int, checked: str) -> None:
        versions = [tip.version if (tip := self._tips[each]) else 0 for each in streams]
        parts = [to(*place, b"x") for place in zip(streams, versions, strict=True)]
        seen = self._tips[checked]
        if seen is not None and checked not in streams:
            parts.append(to(checked, seen.version))
            self.decided_on.append(((checked, seen.version), (streams[0], versions[0] + 1)))
        request = appending(*parts, time_us=NOON + at)
        landing = land(OrderedAppend(request, ()), lane, self._heads[lane], self._tips)
        assert landing.commit is not None
        assert self._table.put(commit_item(lane, landing.commit))
        self._heads[lane] = landing.commit.end
        self._tips.update((tip.stream, tip) for tip in landing.tips)
        self.events += [(each, at + 1) for each, at in zip(streams, versions, strict=True)]


class Reader:
    """A process that follows the log, so many events at a time."""

    def __init__(self, table: Table, limit: int) -> None:
        self._table, self._limit = table, limit
        self.kept: list[StoredEvent] = []
        self.kill()

    def kill(self) -> None:
        self._line = Line("table", LANES)
        self._under_way: Turns[list[StoredEvent]] | None = None

    def turn(self) -> None:
        """Go on as far as the next call."""
        if self._under_way is None:
            self._under_way = performed(self._reading(), self._table)
        try:
            next(self._under_way)
        except StopIteration as end:
            self._under_way = None
            self.kept += end.value

    def read_to_the_end(self) -> None:
        before = -1
        while self._under_way is not None or before < len(self.kept):
            if self._under_way is None:
                before = len(self.kept)
            self.turn()

    def _reading(self) -> Steps[list[StoredEvent]]:
        patience, after = Patience(1_000), len(self.kept)
        found = yield from read_log(self._line, patience, after, self._limit, None, None)
        if not found.events:
            yield from take_in(self._line, patience)
            found = yield from read_log(self._line, patience, after, self._limit, None, None)
        return found.events


class Write(NamedTuple):
    lane: int
    streams: list[str]
    at: int
    checked: str


class Turn(NamedTuple):
    reader: int
    calls: int


class Kill(NamedTuple):
    reader: int


LANE = st.integers(1, LANES)
READER = st.integers(0, READERS - 1)
CLOCK = st.integers(0, 3)
"""Microseconds. The clocks of writers differ, so that who comes later may tell an earlier time."""
SOME_STREAMS = st.lists(st.sampled_from(STREAMS), min_size=1, unique=True)
WRITES = st.builds(Write, LANE, SOME_STREAMS, CLOCK, st.sampled_from(STREAMS))
TURNS = st.builds(Turn, READER, st.integers(1, 40))
STEPS = st.lists(WRITES | WRITES | TURNS | TURNS | st.builds(Kill, READER), max_size=60)


@settings(max_examples=rounds(100))
@given(STEPS, st.lists(st.integers(1, 9), min_size=READERS, max_size=READERS), st.integers(0, 9))
def test_everybody_reads_all_of_it_in_one_order(
    steps: list[Write | Turn | Kill], limits: list[int], lag: int
) -> None:
    table = Table(lag)
    writers, readers = Writers(table), [Reader(table, limit) for limit in limits]
    for step in steps:
        match step:
            case Write():
                writers.append(*step)
            case Turn(reader, calls):
                for _ in range(calls):
                    readers[reader].turn()
            case Kill(reader):
                readers[reader].kill()
    latecomers = [Reader(table, limit) for limit in (2, 1_000)]
    readers += latecomers
    for reader in readers:
        reader.read_to_the_end()

    first, *others = [reader.kept for reader in readers]
    assert all(each == first for each in others)
    assert [event.position for event in first] == [*range(1, len(writers.events) + 1)]
    in_order = [(event.stream, event.version) for event in first]
    assert Counter(in_order) == Counter(writers.events)
    for stream in STREAMS:
        versions = [version for each, version in in_order if each == stream]
        assert versions == [*range(1, len(versions) + 1)]
    for seen, decided in writers.decided_on:
        assert in_order.index(seen) < in_order.index(decided)
    walked = walk(lambda lane, after: _behind(table, lane, after), range(1, LANES + 1))
    assert walked.broken is None
    assert walked.whole_until.position == len(first)


def _behind(table: Table, lane: int, after: int) -> list[Item]:
    return [item for item in table.items(f"L#{lane}#0") if int(item["sk"]["N"]) > after]
