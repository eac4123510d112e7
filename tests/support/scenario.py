"""given(aggregate, history).when(command).then(new facts) for any aggregate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from mentorbooking.domain.kernel.aggregate import AggregateRoot, Decision
from mentorbooking.domain.kernel.errors import Refused
from mentorbooking.domain.kernel.event import Event


@dataclass(frozen=True)
class Scenario:
    """An aggregate as its history left it."""

    aggregate: AggregateRoot

    def when(self, command: Callable[[Any], Decision[Any]]) -> Outcome:
        return Outcome(self.aggregate, command)


@dataclass(frozen=True)
class Outcome:
    """What the aggregate answers to a command."""

    aggregate: AggregateRoot
    command: Callable[[Any], Decision[Any]]

    def then(self, *facts: Event) -> None:
        before = repr(self.aggregate)
        decision = self.command(self.aggregate)
        assert decision.events == facts
        decision.outcome()
        assert repr(self.aggregate) == before, "a decision never changes the state it is asked of"

    def then_nothing(self) -> None:
        self.then()

    def then_refused(self, why: type[Refused]) -> None:
        before = repr(self.aggregate)
        with pytest.raises(why):
            self.command(self.aggregate)
        assert repr(self.aggregate) == before


def given(aggregate: AggregateRoot, *history: Event) -> Scenario:
    """Start from an aggregate without history and the facts that happened to it."""
    return Scenario(aggregate.after(*history))
