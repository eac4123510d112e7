"""given(history).when(command).then(new facts) for use cases: as for aggregates, one level up.

The stores are real, on a file of SQLite. Every command comes under an Idempotency-Key of its
own, so that what would be answered to its repetition is seen too.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeAlias, TypeVar

import pytest

from mentorbooking.adapters.event_store.sqlite.aggregate_store import SQLiteAggregateStore
from mentorbooking.adapters.event_store.sqlite.credentials import SQLiteCredentials
from mentorbooking.adapters.event_store.sqlite.event_log import SQLiteEventLog
from mentorbooking.adapters.persistence.sqlite_log.log import SQLiteLog
from mentorbooking.application.context import (
    CommandContext,
    IdempotentRequest,
    StoredAnswer,
    enter_context,
)
from mentorbooking.domain.kernel.aggregate import AggregateRoot
from mentorbooking.domain.kernel.errors import Refused
from mentorbooking.domain.kernel.event import Event
from tests.support.moving_clock import MovingClock
from tests.support.same_ids import CountedIds

C = TypeVar("C")
R = TypeVar("R")

Fact: TypeAlias = tuple[AggregateRoot, Event]
"""What happened, and to whom: an aggregate of that kind and id."""


def id_to_come(prefix: str, number: int = 1) -> str:
    """Return the id that the first, second… thing of a kind gets in such a story."""
    ids = CountedIds(MovingClock(), lambda _: 0)
    return [ids.new(prefix) for _ in range(number)][-1]


class UseCases:
    """What happened before, and what handlers are made of."""

    def __init__(self, file: SQLiteLog) -> None:
        self.clock = MovingClock()
        self.ids = CountedIds(self.clock, lambda _: 0)
        self.log = SQLiteEventLog(file)
        self.aggregates = SQLiteAggregateStore(
            file, self.clock, CountedIds(self.clock, lambda _: 0)
        )
        self.credentials = SQLiteCredentials(file)
        self._commands = 0
        self.kept: list[object] = []

    async def given(self, aggregate: AggregateRoot, *history: Event) -> None:
        """Let this have happened to an aggregate."""
        enter_context(CommandContext("system", "cli", "before"))
        known = await self.aggregates.find(type(aggregate), aggregate.id)
        await self.aggregates.save(known.decide(*history))

    def when(self, handle: Callable[[C], Awaitable[R]], command: C) -> Asked[C, R]:
        return Asked(self, handle, command)

    def enter(self) -> None:
        """Begin a request; ``kept`` gets what is to be answered when it is repeated."""
        self._commands += 1
        self.kept.clear()
        request = IdempotentRequest("user_1", f"key-{self._commands}", b"", self._keep)
        enter_context(CommandContext("user:user_1", "http", "request-1", idempotent=request))

    def _keep(self, answer: object) -> StoredAnswer:
        self.kept.append(answer)
        return StoredAnswer(200, None, b"")

    async def facts(self, *, after: int) -> list[tuple[str, Event]]:
        return [(each.stream, each.event) for each in await self.log.read(after, 100)]


@dataclass(frozen=True)
class Asked(Generic[C, R]):
    """A command that is asked for as soon as somebody says what follows."""

    story: UseCases
    handle: Callable[[C], Awaitable[R]]
    command: C

    async def then(self, *facts: Fact, kept: bool = True) -> R:
        """Expect these facts, in any order; return the answer, which is ``kept`` for repeats."""
        before = await self.story.log.head()
        self.story.enter()
        answer = await self.handle(self.command)
        found = await self.story.facts(after=before)
        expected = [(aggregate.stream, event) for aggregate, event in facts]
        assert sorted(found, key=repr) == sorted(expected, key=repr)
        assert self.story.kept == ([answer] if kept else [None] if facts else [])
        return answer

    async def then_refused(self, code: str) -> Refused:
        """Expect a refusal, and that nothing has happened."""
        before = await self.story.log.head()
        self.story.enter()
        with pytest.raises(Refused) as refused:
            await self.handle(self.command)
        assert refused.value.code == code
        assert await self.story.facts(after=before) == []
        return refused.value


@contextmanager
def use_cases(folder: Path) -> Iterator[UseCases]:
    with SQLiteLog(folder / "events.db") as file:
        yield UseCases(file)
