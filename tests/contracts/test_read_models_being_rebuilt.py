"""A rebuild beside readers and writers, and what a kill leaves of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from mentorbooking.application.answers.booking import BookingAnswer
from mentorbooking.application.ports.event_log import RecordedEvent
from mentorbooking.application.read_models.bookings import BookingsProjection, BookingsQuery
from mentorbooking.application.read_models.progress import AlreadyRebuilding, RebuildFailed
from mentorbooking.domain.booking.events import BookingCreated
from tests.support.fixed import MENTOR, NOW, STUDENT, slot
from tests.support.read_models import ALL_MODELS, Backend, LogAsSeen, ReadModels, rows_of

pytestmark = pytest.mark.anyio


def created(number: int) -> BookingCreated:
    return BookingCreated(
        at=NOW, mentor_id=MENTOR, student_id=STUDENT, slot_id="s", slot=slot(hours=number)
    )


@pytest.fixture
async def of_ten(backend: Backend, tmp_path: Path) -> AsyncIterator[ReadModels]:
    """Ten bookings, taken in four at a time."""
    async with backend(tmp_path, batch=4) as models:
        for number in range(10):
            models.log.append(f"booking_{number}", created(number))
        await models.catch_up()
        yield models


async def titles(models: ReadModels) -> list[str]:
    page = await models.bookings.page(BookingsQuery(), now=NOW)
    return [row.title for row in rows_of(page, BookingAnswer)]


@pytest.fixture
def now_titled(of_ten: ReadModels, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on the projection makes other rows out of the same events."""
    apply = BookingsProjection.apply

    def titled(self: Any, event: Any, recorded: RecordedEvent, rows: Any) -> None:
        apply(self, BookingCreated(**_fields(event), title="new"), recorded, rows)

    monkeypatch.setattr(BookingsProjection, "apply", titled)


def _fields(event: BookingCreated) -> dict[str, Any]:
    return {k: getattr(event, k) for k in event.__struct_fields__ if k != "title"}


@pytest.mark.usefixtures("now_titled")
async def test_readers_see_the_old_rows_until_all_new_ones_are_there(
    of_ten: ReadModels,
) -> None:
    await of_ten.begin_rebuild("bookings")
    for done in (4, 8):
        await of_ten.catch_up(batches=1)
        assert (await of_ten.states())["bookings"].rebuilt_to == done
        assert await titles(of_ten) == [""] * 10
        assert (await of_ten.states())["bookings"].generation == 1
    await of_ten.catch_up()
    assert await titles(of_ten) == ["new"] * 10
    state = (await of_ten.states())["bookings"]
    assert (state.generation, state.position, state.rebuilt_to) == (2, 10, None)
    assert of_ten.rebuilt.result(timeout=0) is None


@pytest.mark.usefixtures("now_titled")
async def test_the_old_rows_stay_current_meanwhile(of_ten: ReadModels) -> None:
    await of_ten.begin_rebuild("bookings")
    await of_ten.catch_up(batches=1)
    of_ten.log.append("booking_x", created(10))
    await of_ten.catch_up(batches=1)
    assert await titles(of_ten) == [""] * 10 + ["new"]
    assert (await of_ten.states())["bookings"].position == 11
    await of_ten.catch_up()
    assert await titles(of_ten) == ["new"] * 11


class Growing(LogAsSeen):
    """Something happens whenever somebody looks."""

    def read(self, after: int, limit: int) -> Sequence[RecordedEvent]:
        number = self.head()
        self.log.append(f"booking_{number}", created(number))
        return super().read(after, limit)


async def test_it_catches_up_though_events_keep_coming(tmp_path: Path, backend: Backend) -> None:
    async with backend(tmp_path, seen_as=Growing) as models:
        models.log.append("booking_first", created(0))
        await models.catch_up(batches=20)
        await models.begin_rebuild("bookings", "timeslots")
        await models.catch_up(batches=20)
        assert models.rebuilt.done()
        for _ in range(4):
            await models.catch_up(batches=1)
            (position,) = {state.position for state in (await models.states()).values()}
            assert len(await titles(models)) == position


@pytest.mark.usefixtures("now_titled")
@pytest.mark.parametrize("batches", [0, 1, 2])
async def test_a_kill_in_the_middle_leaves_the_old_model_and_no_leftovers(
    of_ten: ReadModels, batches: int
) -> None:
    before = await of_ten.digests()
    await of_ten.begin_rebuild(*ALL_MODELS)
    await of_ten.catch_up(batches=batches)
    await of_ten.restart()
    await of_ten.catch_up()
    assert await of_ten.digests() == before
    assert {state.generation for state in (await of_ten.states()).values()} == {1}
    await of_ten.rebuild()
    assert {state.generation for state in (await of_ten.states()).values()} == {2}
    assert await titles(of_ten) == ["new"] * 10


async def test_a_rebuild_that_fails_changes_nothing_and_can_be_repeated(
    of_ten: ReadModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await of_ten.digests()
    with monkeypatch.context() as context:
        context.setattr(BookingsProjection, "apply", _raise)
        await of_ten.rebuild("bookings", "timeslots")
    with pytest.raises(RebuildFailed, match=r"ZeroDivisionError .* at position 1"):
        of_ten.rebuilt.result(timeout=0)
    assert await of_ten.digests() == before
    assert {state.state for state in (await of_ten.states()).values()} == {"running"}
    with monkeypatch.context() as context:
        context.setattr(BookingsProjection, "apply", _raise)
        await of_ten.begin_rebuild("bookings")
        await of_ten.catch_up(batches=1)
    assert of_ten.rebuilt.done()
    await of_ten.rebuild("bookings", "timeslots")
    assert of_ten.rebuilt.result(timeout=0) is None
    assert await of_ten.digests() == before


def _raise(*_: object) -> None:
    raise ZeroDivisionError


async def test_a_rebuild_that_is_called_off_changes_nothing(of_ten: ReadModels) -> None:
    await of_ten.begin_rebuild("bookings")
    await of_ten.catch_up(batches=1)
    of_ten.rebuilt.cancel()
    await of_ten.catch_up()
    assert (await of_ten.states())["bookings"].generation == 1
    await of_ten.rebuild("bookings")
    assert (await of_ten.states())["bookings"].generation == 2


async def test_one_rebuild_of_a_model_at_a_time(of_ten: ReadModels) -> None:
    await of_ten.begin_rebuild("bookings")
    with pytest.raises(AlreadyRebuilding):
        await of_ten.begin_rebuild("timeslots", "bookings")
    await of_ten.begin_rebuild("timeslots")
    await of_ten.catch_up()
    assert (await of_ten.states())["timeslots"].generation == 2


async def test_an_empty_log_is_rebuilt_at_once(read_models: ReadModels) -> None:
    await read_models.rebuild()
    assert {state.generation for state in (await read_models.states()).values()} == {2}
