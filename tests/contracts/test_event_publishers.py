"""What every EventPublisher promises. Add an adapter: add it to the fixture."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from mentorbooking.adapters.event_publisher.in_process import InProcessEventPublisher
from mentorbooking.application.integration_events import IntegrationEvent
from mentorbooking.application.ports.event_publisher import EventPublisher
from tests.support.moving_clock import MovingClock
from tests.support.public_events import public
from tests.support.work_file import open_work_file

pytestmark = pytest.mark.anyio


class Receiver:
    """Takes down the events that arrive; ``refuses`` those ids."""

    def __init__(self) -> None:
        self.got: list[IntegrationEvent] = []
        self.refuses: set[str] = set()

    def __call__(self, connection: sqlite3.Connection, event: IntegrationEvent) -> None:
        if event.id in self.refuses:
            raise ConnectionError("ada@example.org is not there")
        self.got.append(event)


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


@pytest.fixture(params=["in_process"])
def publisher(tmp_path: Path, receiver: Receiver) -> Iterator[EventPublisher]:
    database = open_work_file(tmp_path)
    yield InProcessEventPublisher(database, MovingClock(), {"receiver": receiver})
    database.close()


async def test_what_is_published_arrives_as_it_is(
    publisher: EventPublisher, receiver: Receiver
) -> None:
    assert not await publisher.publish([public(1), public(2)])

    assert sorted(receiver.got, key=lambda event: event.id) == [public(1), public(2)]


async def test_publishing_nothing_is_fine(publisher: EventPublisher, receiver: Receiver) -> None:
    assert not await publisher.publish([])
    assert receiver.got == []


async def test_one_that_fails_is_told_and_keeps_no_other_from_being_sent(
    publisher: EventPublisher, receiver: Receiver
) -> None:
    receiver.refuses = {public(2).id}

    (not_sent,) = await publisher.publish([public(1), public(2), public(3)])

    assert not_sent.event_id == public(2).id
    assert {event.id for event in receiver.got} == {public(1).id, public(3).id}


async def test_what_is_told_of_a_failure_holds_no_address(
    publisher: EventPublisher, receiver: Receiver
) -> None:
    receiver.refuses = {public(1).id}

    (not_sent,) = await publisher.publish([public(1)])

    assert "ConnectionError" in not_sent.error
    assert "ada@" not in not_sent.error


async def test_what_failed_can_be_published_later(
    publisher: EventPublisher, receiver: Receiver
) -> None:
    receiver.refuses = {public(1).id}
    await publisher.publish([public(1)])
    receiver.refuses = set()

    assert not await publisher.publish([public(1)])
    assert receiver.got == [public(1)]
