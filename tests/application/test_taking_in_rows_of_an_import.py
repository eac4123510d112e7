"""Rows of an import share an append: nothing else comes of them than of each by itself."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from mentorbooking.adapters.ids import MonotonicIds
from mentorbooking.application.context import CommandContext, enter_context
from mentorbooking.application.deciding_again import deciding_again
from mentorbooking.application.mentor_import.mentor_file import MentorFile
from mentorbooking.application.mentor_import.rows import ParsedRow
from mentorbooking.application.mentor_import.upload import check_upload
from mentorbooking.application.ports.aggregate_store import AggregateStore, TooMuchAtOnce
from mentorbooking.application.ports.unavailable import StoreUnavailable
from mentorbooking.application.use_cases.imports.take_in_rows import TakeInRows, TakeInRowsHandler
from mentorbooking.domain.email_address.address import EmailAddress
from mentorbooking.domain.kernel.aggregate import Decision
from mentorbooking.domain.mentor.mentor import Mentor
from mentorbooking.domain.mentor_import.events import ImportRowRecorded, RowOutcome, RowProblem
from mentorbooking.domain.mentor_import.mentor_import import MentorImport
from tests.support.event_stores import EventStores, Stores, event_stores
from tests.support.fixed import NOW, USER

pytestmark = pytest.mark.anyio

IMPORT, ANOTHER = (f"import_01k4000000000000000000000{number}" for number in (1, 2))
HEADER = "email,name,skills,bio"


@pytest.fixture(params=["sqlite", "dynamodb"])
async def stores(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[EventStores]:
    enter_context(CommandContext(actor=f"import:{IMPORT}", channel="job", correlation_id="r1"))
    async with event_stores(request, tmp_path) as stores:
        yield stores


@pytest.fixture
async def one(stores: EventStores) -> Stores:
    return await stores.start()


def rows_of(*lines: str) -> list[ParsedRow]:
    """Return the rows of a file; what a line lacks is empty."""
    filled = [line + "," * (HEADER.count(",") - line.count(",")) for line in lines]
    content = "\n".join([HEADER, *filled]).encode()
    return list(MentorFile([content], check_upload([content])).rows())


def handler(
    stores: EventStores, process: Stores, aggregates: AggregateStore | None = None
) -> TakeInRowsHandler:
    return TakeInRowsHandler(
        aggregates or process.aggregates,
        process.credentials,
        stores.clock,
        MonotonicIds(stores.clock, random.Random(id(process)).getrandbits),
    )


def command(rows: Sequence[ParsedRow], name: str = IMPORT, *, dry_run: bool = False) -> TakeInRows:
    return TakeInRows(MentorImport(id=name, requested_by=USER, dry_run=dry_run), rows)


async def recorded(process: Stores) -> list[ImportRowRecorded]:
    """Return what the log tells of rows, in its order."""
    facts = [fact.event for fact in await process.log.read(0, 10_000)]
    return [event for event in facts if isinstance(event, ImportRowRecorded)]


async def problems(process: Stores, name: str) -> dict[int, Sequence[RowProblem]]:
    told = [event for event in await recorded(process) if event.import_id == name]
    return {event.line: event.problems for event in told}


async def mentor_at(process: Stores, email: str) -> Mentor:
    key = process.credentials.address_key(email)
    address = await process.aggregates.find(EmailAddress, key)
    assert address.holder is not None
    return await process.aggregates.get(Mentor, address.holder)


FEW = rows_of("ada@example.org,Ada,Go", "bo@,Bo,Go", "cy@example.org,Cy,C", "ada@example.org,A,C")
OUTCOMES = [RowOutcome.CREATED, RowOutcome.FAILED, RowOutcome.CREATED, RowOutcome.FAILED]


async def test_outcomes_come_in_the_order_of_the_rows(stores: EventStores, one: Stores) -> None:
    assert await handler(stores, one)(command(FEW)) == OUTCOMES
    assert [event.line for event in await recorded(one)] == [2, 3, 4, 5]
    assert {fact.recorded_at for fact in await one.log.read(0, 99)} == {stores.clock.now()}


async def test_what_is_done_is_not_done_again(stores: EventStores, one: Stores) -> None:
    handle = handler(stores, one)
    await handle(command(FEW[1:3]))
    head = await one.log.head()

    assert await handle(command(FEW)) == OUTCOMES
    assert [event.line for event in await recorded(one)] == [3, 4, 2, 5]
    after = await one.log.head()
    assert await handle(command(FEW)) == OUTCOMES
    assert (await one.log.head(), after > head) == (after, True)


def some_file(chance: random.Random) -> list[ParsedRow]:
    people = chance.sample(range(30), 20)
    lines = [
        f"m{person}@{chance.choice(['example.org'] * 6 + ['', '-'])}"
        f",{chance.choice(['Ada', 'Bo', ''])},{chance.choice(['Go', 'C;Go', ''])}"
        f",{chance.choice(['', 'Hi', 'Well'])}"
        for person in people
    ]
    return rows_of(*lines, *chance.sample(lines, 3))


async def test_many_at_once_come_to_what_one_by_one_come_to(
    stores: EventStores, one: Stores, tmp_path: Path
) -> None:
    chance, handle = random.Random(1), handler(stores, one)
    for turn in range(3):
        rows = some_file(chance)
        alone = [
            outcome
            for row in rows
            for outcome in await handle(command([row], f"{IMPORT}-alone-{turn}", dry_run=True))
        ]
        together = await handle(command(rows, f"{IMPORT}-{turn}"))
        assert together == alone
        of_each = await problems(one, f"{IMPORT}-alone-{turn}")
        assert await problems(one, f"{IMPORT}-{turn}") == of_each
        assert any(of_each.values())
        assert {RowOutcome.CREATED, RowOutcome.FAILED} <= set(together)
        again = await handle(command(rows, f"{IMPORT}-again-{turn}"))
        assert [
            RowOutcome.UNCHANGED if each is not RowOutcome.FAILED else each for each in alone
        ] == again


async def test_two_rows_of_one_mentor_are_taken_in_one_behind_the_other(
    stores: EventStores, one: Stores
) -> None:
    handle = handler(stores, one)
    await handle(command(FEW[:1]))
    mentor = await mentor_at(one, "ada@example.org")
    second = EmailAddress(id=one.credentials.address_key("ada@example.com"))
    await one.aggregates.save(second.claim(mentor.id, now=NOW))
    rows = rows_of(
        "ada@example.com,Ada,Go,first", "bo@example.org,Bo,C", "ada@example.org,Ada,Go,second"
    )

    outcomes = await handle(command(rows, ANOTHER))

    assert outcomes == [RowOutcome.UPDATED, RowOutcome.CREATED, RowOutcome.UPDATED]
    assert (await mentor_at(one, "ada@example.org")).profile.bio == "second"


async def test_two_workers_at_once_take_each_row_in_once(stores: EventStores, one: Stores) -> None:
    other = await stores.start()
    rows = rows_of(*(f"m{number}@example.org,M,Go" for number in range(24)))

    async def work(process: Stores) -> list[RowOutcome]:
        handle = deciding_again(handler(stores, process))
        commands = [command(rows[start : start + 8]) for start in range(0, 24, 8)]
        outcomes = await asyncio.gather(*(handle(each) for each in commands))
        return [outcome for some in outcomes for outcome in some]

    assert list(await asyncio.gather(work(one), work(other))) == [[RowOutcome.CREATED] * 24] * 2
    assert sorted(event.line for event in await recorded(one)) == list(range(2, 26))


class Weak:
    """A store that takes so many decisions at once, and at last none."""

    def __init__(self, real: AggregateStore, at_most: int, saves: int = 1_000) -> None:
        self._real, self._at_most, self._saves = real, at_most, saves

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    async def save(self, *decisions: Decision[Any]) -> int:
        if len(decisions) > self._at_most:
            raise TooMuchAtOnce("as the test wants")
        if not self._saves:
            raise StoreUnavailable("as the test wants")
        self._saves -= 1
        return await self._real.save(*decisions)


async def test_what_is_too_much_at_once_is_recorded_in_parts(
    stores: EventStores, one: Stores
) -> None:
    weak: Any = Weak(one.aggregates, at_most=3)
    assert await handler(stores, one, weak)(command(FEW)) == OUTCOMES
    assert [event.line for event in await recorded(one)] == [2, 3, 4, 5]
    weak = Weak(one.aggregates, at_most=2)
    with pytest.raises(TooMuchAtOnce):
        await handler(stores, one, weak)(command(FEW[:1], ANOTHER))


async def test_who_is_stopped_in_between_goes_on_where_it_was(
    stores: EventStores, one: Stores
) -> None:
    weak: Any = Weak(one.aggregates, at_most=4, saves=1)
    with pytest.raises(StoreUnavailable):
        await handler(stores, one, weak)(command(FEW))
    assert [event.line for event in await recorded(one)] == [2, 3]

    assert await handler(stores, await stores.start())(command(FEW)) == OUTCOMES
    assert [event.line for event in await recorded(one)] == [2, 3, 4, 5]
