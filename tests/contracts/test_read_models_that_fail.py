"""What goes wrong in one read model, or in the log, and what it leaves standing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from mentorbooking.application.answers.booking import BookingAnswer
from mentorbooking.application.answers.mentor_import import ImportRowAnswer
from mentorbooking.application.ports.event_log import RecordedEvent
from mentorbooking.application.read_models.bookings import BookingsProjection, BookingsQuery
from mentorbooking.application.read_models.mentor_import_rows import (
    ImportRowsQuery,
    MentorImportRowsProjection,
)
from mentorbooking.domain.booking.events import BookingCancelled, BookingCreated, Party
from mentorbooking.domain.mentor_import.events import ImportRowRecorded, RowOutcome
from tests.support.fixed import MENTOR, NOW, STUDENT, slot
from tests.support.mentor_events import mentor
from tests.support.read_models import (
    ALL_MODELS,
    Backend,
    LogAsSeen,
    ReadModels,
    rows_of,
)

pytestmark = pytest.mark.anyio

OTHERS = set(ALL_MODELS) - {"bookings"}
CANCELLED = BookingCancelled(at=NOW, cancelled_by=Party.ADMIN, reason="Ms Secret is ill")


def created(title: str = "") -> BookingCreated:
    return BookingCreated(
        at=NOW, mentor_id=MENTOR, student_id=STUDENT, slot_id="s", slot=slot(days=1), title=title
    )


def row_recorded(line: int) -> ImportRowRecorded:
    return ImportRowRecorded(
        at=NOW, import_id="import_1", line=line, outcome=RowOutcome.CREATED, mentor_id=MENTOR
    )


async def listed(read_models: ReadModels) -> list[str]:
    page = await read_models.bookings.page(BookingsQuery(), now=NOW)
    return [row.id for row in rows_of(page, BookingAnswer)]


async def positions(read_models: ReadModels, names: set[str]) -> set[int]:
    return {state.position for name, state in (await read_models.states()).items() if name in names}


@pytest.fixture
async def stopped(read_models: ReadModels) -> ReadModels:
    """The bookings have stopped on position 3, a cancellation of nothing."""
    read_models.log.append("booking_1", created())
    read_models.log.append("booking_2", created())
    read_models.log.append("booking_x", CANCELLED)
    read_models.log.append("booking_4", created())
    await read_models.catch_up()
    return read_models


async def test_a_projection_that_raises_stops_alone_before_that_event(stopped: ReadModels) -> None:
    state = (await stopped.states())["bookings"]
    assert (state.state, state.position) == ("failed", 2)
    assert await listed(stopped) == ["booking_1", "booking_2"]
    assert await positions(stopped, OTHERS) == {4}
    assert {(await stopped.states())[name].state for name in OTHERS} == {"running"}


async def test_it_says_what_and_where_but_nothing_personal(stopped: ReadModels) -> None:
    error = (await stopped.states())["bookings"].error
    assert error is not None
    assert error.startswith("KeyError in ")
    assert error.endswith(" on booking.cancelled at position 3")
    assert "Secret" not in error
    assert "booking_x" not in error


async def test_the_others_go_on(stopped: ReadModels) -> None:
    await mentor(stopped, MENTOR)
    assert await positions(stopped, OTHERS) == {5}
    assert (await stopped.states())["bookings"].position == 2


async def test_the_next_start_tries_again(stopped: ReadModels) -> None:
    await stopped.restart()
    assert (await stopped.states())["bookings"].state == "running"
    await stopped.catch_up()
    assert (await stopped.states())["bookings"].state == "failed"


async def test_a_program_that_knows_better_goes_on_where_it_stopped(
    stopped: ReadModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    forgiving(monkeypatch)
    await stopped.restart()
    await mentor(stopped, MENTOR)
    assert await positions(stopped, set(ALL_MODELS)) == {5}
    assert await listed(stopped) == ["booking_1", "booking_2", "booking_4"]


async def test_a_rebuild_makes_a_failed_one_anew(
    stopped: ReadModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    forgiving(monkeypatch)
    await stopped.rebuild("bookings")
    assert await positions(stopped, set(ALL_MODELS)) == {4}
    assert (await stopped.states())["bookings"].state == "running"
    assert await listed(stopped) == ["booking_1", "booking_2", "booking_4"]
    await stopped.restart()
    assert await positions(stopped, set(ALL_MODELS)) == {4}
    await stopped.happened("booking_5", created())
    assert await listed(stopped) == ["booking_1", "booking_2", "booking_4", "booking_5"]


def forgiving(monkeypatch: pytest.MonkeyPatch) -> None:
    apply = BookingsProjection.apply

    def forgive(self: Any, event: Any, recorded: RecordedEvent, rows: Any) -> None:
        if recorded.stream != "booking_x":
            apply(self, event, recorded, rows)

    monkeypatch.setattr(BookingsProjection, "apply", forgive)


async def test_a_row_that_can_not_be_made_out_stops_that_model_alone(
    read_models: ReadModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    def mislead(_: Any, __: Any, recorded: RecordedEvent, rows: Any) -> None:
        rows.put(recorded.stream, "Ms Secret")

    await read_models.happened("booking_1", created("Ms Secret"))
    monkeypatch.setattr(BookingsProjection, "apply", mislead)
    await read_models.happened("booking_2", created("Ms Secret"))
    state = (await read_models.states())["bookings"]
    assert (state.state, state.position) == ("failed", 1)
    assert str(state.error).startswith("AttributeError in ")
    assert "Secret" not in str(state.error)
    assert await positions(read_models, OTHERS) == {2}


async def test_a_row_that_the_store_refuses_stops_that_model_alone(
    read_models: ReadModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply = MentorImportRowsProjection.apply

    def mislead(self: Any, event: Any, recorded: RecordedEvent, rows: Any) -> None:
        apply(self, event, recorded, rows)
        rows.put(("import_1", 2), rows.changed.pop((event.import_id, event.line)))

    await read_models.happened("mentor_import_row:import_1:2", row_recorded(2))
    monkeypatch.setattr(MentorImportRowsProjection, "apply", mislead)
    await read_models.happened("mentor_import_row:import_1:3", row_recorded(3))
    state = (await read_models.states())["mentor_import_rows"]
    assert (state.state, state.position) == ("failed", 1)
    assert await positions(read_models, set(ALL_MODELS) - {"mentor_import_rows"}) == {2}
    page = await read_models.import_rows.page(ImportRowsQuery(import_id="import_1"))
    assert [row.line for row in rows_of(page, ImportRowAnswer)] == [2]


class WithAHole(LogAsSeen):
    """Position 3 is missing."""

    def read(self, after: int, limit: int) -> Sequence[RecordedEvent]:
        return [each for each in super().read(after, limit) if each.position != 3]


class EndingBeforeAHole(LogAsSeen):
    """Position 3 is missing, and reading does not pass over it."""

    def read(self, after: int, limit: int) -> Sequence[RecordedEvent]:
        return super().read(after, min(limit, 2 - after)) if after < 2 else []


@pytest.fixture(params=[(WithAHole, 1), (WithAHole, 9), (EndingBeforeAHole, 9)], ids=str)
async def over_a_hole(
    request: pytest.FixtureRequest, backend: Backend, tmp_path: Path
) -> AsyncIterator[ReadModels]:
    seen_as, batch = request.param
    async with backend(tmp_path, batch=batch, seen_as=seen_as) as models:
        for number in range(5):
            models.log.append(f"booking_{number}", created())
        await models.catch_up()
        yield models


async def test_a_hole_in_the_log_stops_everything_before_it(over_a_hole: ReadModels) -> None:
    assert await positions(over_a_hole, set(ALL_MODELS)) == {2}
    for state in (await over_a_hole.states()).values():
        assert state.state == "failed"
        assert state.error == "the log has a hole: position 3 is missing"
    assert await listed(over_a_hole) == ["booking_0", "booking_1"]


async def test_a_hole_that_one_model_meets_stops_those_that_are_past_it(
    stopped: ReadModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    forgiving(monkeypatch)
    await stopped.restart()
    monkeypatch.setattr(stopped.log.reader, "read", lambda after, limit: [])
    await stopped.catch_up()
    assert {state.state for state in (await stopped.states()).values()} == {"failed"}
    assert {state.position for state in (await stopped.states()).values()} == {2, 4}


async def test_a_hole_is_still_there_after_a_restart(over_a_hole: ReadModels) -> None:
    await over_a_hole.restart()
    await over_a_hole.catch_up()
    assert await positions(over_a_hole, set(ALL_MODELS)) == {2}
    assert {state.state for state in (await over_a_hole.states()).values()} == {"failed"}


async def test_a_model_that_comes_behind_meets_the_others(
    stopped: ReadModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    forgiving(monkeypatch)
    for number in range(5, 20):
        stopped.log.append(f"booking_{number:02}", created())
    await stopped.catch_up()
    await stopped.restart()
    reads: list[int] = []
    read = stopped.log.reader.read

    def counted(after: int, limit: int, **_: Any) -> Sequence[RecordedEvent]:
        reads.append(after)
        return read(after, limit)

    monkeypatch.setattr(stopped.log.reader, "read", counted)
    await stopped.catch_up()
    await stopped.happened("booking_99", created())
    assert reads == [2, 19], "one read for the one behind, then one for all"
    assert await positions(stopped, set(ALL_MODELS)) == {20}
