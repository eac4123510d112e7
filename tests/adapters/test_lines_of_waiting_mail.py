"""Lines of mail in memory: always what looking through all that waits would find."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from msgspec.structs import replace

from mentorbooking.adapters.messages.dynamodb.waiting_lines import Waiting, WaitingLines
from tests.support.fixed import NOW

SECOND = timedelta(seconds=1)


def looked_through(waiting: dict[str, Waiting], seconds: int, limit: int) -> list[Waiting]:
    first: dict[str, Waiting] = {}
    for each in sorted(waiting.values(), key=lambda each: each.place):
        first.setdefault(each.recipient, each)
    due = [each for each in first.values() if each.due_at <= NOW + seconds * SECOND]
    return sorted(due, key=lambda each: (each.booking_id is None, each.due_at, each.place))[:limit]


@pytest.mark.parametrize("seed", range(5))
def test_the_first_of_each_line_is_due_whatever_happens(seed: int) -> None:
    chance = random.Random(seed)

    def some_message() -> Waiting:
        number = chance.randrange(40)
        return Waiting(
            id=f"message_{number}",
            position=number // 2,
            resends=chance.randrange(3),
            recipient=f"person_{number % 7}",
            due_at=NOW + chance.randrange(60) * SECOND,
            booking_id="booking_1" if number % 3 else None,
        )

    there = [some_message() for _ in range(chance.randrange(30))]
    waiting = {each.id: each for each in there}
    lines = WaitingLines(there)
    for _ in range(300):
        some = some_message()
        if chance.random() < 0.6:
            lines.put(some)
            waiting[some.id] = some
        else:
            lines.drop(some.id)
            waiting.pop(some.id, None)
        seconds, limit = chance.randrange(70), chance.randrange(1, 9)
        found = lines.due(NOW + seconds * SECOND, limit)
        assert found == looked_through(waiting, seconds, limit)


def test_asking_changes_nothing() -> None:
    message = Waiting("message_1", 1, 0, "ann", NOW)
    lines = WaitingLines([message])
    for _ in range(3):
        assert lines.due(NOW, 5) == [message]


def test_of_one_message_told_twice_the_last_holds() -> None:
    older = Waiting("message_1", 1, 0, "ann", NOW)
    newer = replace(older, resends=1, due_at=NOW + SECOND)
    lines = WaitingLines([older, newer])

    assert lines.due(NOW, 5) == []
    assert lines.due(NOW + SECOND, 5) == [newer]
