"""What ControlRequests promise, whoever keeps them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mentorbooking.adapters.work.dynamodb.control_requests import DynamoDBControlRequests
from mentorbooking.adapters.work.sqlite.control_requests import SQLiteControlRequests
from mentorbooking.application.ports.control_requests import (
    ControlRequest,
    ControlRequests,
    ControlState,
)
from tests.support.fixed import HOUR, NOW
from tests.support.work_file import open_work_file
from tests.support.work_table import open_work_table

pytestmark = pytest.mark.anyio

REBUILD = "rebuild-projection"


@pytest.fixture(params=["sqlite", "dynamodb"])
async def requests(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[ControlRequests]:
    if request.param == "sqlite":
        database = open_work_file(tmp_path)
        yield SQLiteControlRequests(database)
        database.close()
    else:
        async with open_work_table(request.getfixturevalue("dynamodb_endpoint")) as table:
            yield DynamoDBControlRequests(table)


async def known(requests: ControlRequests, request_id: int) -> ControlRequest:
    found = await requests.get(request_id)
    assert found is not None
    return found


async def test_a_request_is_taken_up_once(requests: ControlRequests) -> None:
    asked = await requests.ask(REBUILD, "bookings", now=NOW)

    taken = await requests.take([REBUILD])

    assert taken is not None
    assert (taken.id, taken.action, taken.subject) == (asked.id, REBUILD, "bookings")
    assert (asked.state, taken.state) == (ControlState.REQUESTED, ControlState.RUNNING)
    assert await requests.take([REBUILD]) is None


async def test_requests_are_taken_up_in_order_by_those_who_know_the_action(
    requests: ControlRequests,
) -> None:
    await requests.ask("something-else", "x", now=NOW)
    first = await requests.ask(REBUILD, "bookings", now=NOW)
    second = await requests.ask(REBUILD, "history", now=NOW)

    taken = [await requests.take([REBUILD]), await requests.take([REBUILD])]

    assert [request.id for request in taken if request] == [first.id, second.id]


async def test_asking_for_what_is_under_way_asks_for_nothing_new(
    requests: ControlRequests,
) -> None:
    asked = await requests.ask(REBUILD, "bookings", now=NOW)
    await requests.take([REBUILD])

    again = await requests.ask(REBUILD, "bookings", now=NOW + HOUR)

    assert (again.id, again.state) == (asked.id, ControlState.RUNNING)


async def test_progress_and_outcome_can_be_watched(requests: ControlRequests) -> None:
    asked = await requests.ask(REBUILD, "bookings", now=NOW)
    await requests.take([REBUILD])

    await requests.report(asked.id, done=300, total=1000)
    running = await known(requests, asked.id)
    await requests.finish(asked.id, now=NOW + HOUR)
    done = await known(requests, asked.id)

    assert (running.done, running.total, running.is_over) == (300, 1000, False)
    assert (done.state, done.finished_at, done.is_over) == (ControlState.DONE, NOW + HOUR, True)


async def test_a_failure_says_why_and_makes_room_for_another_try(
    requests: ControlRequests,
) -> None:
    asked = await requests.ask(REBUILD, "bookings", now=NOW)
    await requests.take([REBUILD])

    await requests.finish(asked.id, now=NOW, error="there is no such projection")
    again = await requests.ask(REBUILD, "bookings", now=NOW)

    failed = await known(requests, asked.id)
    assert (failed.state, failed.error) == (ControlState.FAILED, "there is no such projection")
    assert again.id != asked.id


async def test_what_a_dead_service_had_taken_up_is_taken_up_again(
    requests: ControlRequests,
) -> None:
    asked = await requests.ask(REBUILD, "bookings", now=NOW)
    await requests.take([REBUILD])

    await requests.resume()

    taken = await requests.take([REBUILD])
    assert taken is not None
    assert taken.id == asked.id


async def test_an_unknown_request_is_none(requests: ControlRequests) -> None:
    assert await requests.get(99) is None
