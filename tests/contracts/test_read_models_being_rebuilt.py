"""A rebuild beside readers and writers, and what a kill leaves of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from mentorbooking.application.answers.booking import BookingAnswer
from mentorbooking.application.ports.event_log import RecordedEvent
from mentorbooking.application.read_models.bookings import BookingsProjection, BookingsQuery
from mentorbooking.application.read_models.progress import AlreadyRebuilding, RebuildFailed
from mentorbooking.domain.booking.events import BookingCreated
from tests.support.fixed import MENTOR, NOW, STUDENT, slot
from tests.support.read_models import ALL_MODELS, BACKENDS, LogAsSeen, SQLiteReadModels, rows_of


def created(number: int) -> BookingCreated:
    return BookingCreated(
        at=NOW, mentor_id=MENTOR, student_id=STUDENT, slot_id="s", slot=slot(hours=number)
    )


@pytest.fixture(params=BACKENDS)
def of_ten(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SQLiteReadModels]:
    """Ten bookings, taken in four at a time."""
    with request.param(tmp_path, batch=4) as models:
        for number in range(10):
            models.log.append(f"booking_{number}", created(number))
        models.catch_up()
        yield models


def titles(models: SQLiteReadModels) -> list[str]:
    page = models.bookings.page(BookingsQuery(), now=NOW)
    return [row.title for row in rows_of(page, BookingAnswer)]


@pytest.fixture
def now_titled(of_ten: SQLiteReadModels, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on the projection makes other rows out of the same events."""
    apply = BookingsProjection.apply

    def titled(self: Any, event: Any, recorded: RecordedEvent, rows: Any) -> None:
        apply(self, BookingCreated(**_fields(event), title="new"), recorded, rows)

    monkeypatch.setattr(BookingsProjection, "apply", titled)


def _fields(event: BookingCreated) -> dict[str, Any]:
    return {k: getattr(event, k) for k in event.__struct_fields__ if k != "title"}


@pytest.mark.usefixtures("now_titled")
def test_readers_see_the_old_rows_until_all_new_ones_are_there(of_ten: SQLiteReadModels) -> None:
    of_ten.begin_rebuild("bookings")
    for done in (4, 8):
        of_ten.catch_up(batches=1)
        assert of_ten.states()["bookings"].rebuilt_to == done
        assert titles(of_ten) == [""] * 10
        assert of_ten.states()["bookings"].generation == 1
    of_ten.catch_up()
    assert titles(of_ten) == ["new"] * 10
    state = of_ten.states()["bookings"]
    assert (state.generation, state.position, state.rebuilt_to) == (2, 10, None)
    assert of_ten.rebuilt.result(timeout=0) is None


@pytest.mark.usefixtures("now_titled")
def test_the_old_rows_stay_current_meanwhile(of_ten: SQLiteReadModels) -> None:
    of_ten.begin_rebuild("bookings")
    of_ten.catch_up(batches=1)
    of_ten.log.append("booking_x", created(10))
    of_ten.catch_up(batches=1)
    assert titles(of_ten) == [""] * 10 + ["new"]
    assert of_ten.states()["bookings"].position == 11
    of_ten.catch_up()
    assert titles(of_ten) == ["new"] * 11


class Growing(LogAsSeen):
    """Something happens whenever somebody looks."""

    def read(self, after: int, limit: int, **_: Any) -> Sequence[RecordedEvent]:
        number = self._log.head()
        self._log.append(f"booking_{number}", created(number))
        return super().read(after, limit)


@pytest.mark.parametrize("backend", BACKENDS)
def test_it_catches_up_though_events_keep_coming(
    tmp_path: Path, backend: type[SQLiteReadModels]
) -> None:
    with backend(tmp_path, seen_as=Growing) as models:
        models.log.append("booking_first", created(0))
        models.catch_up(batches=20)
        models.begin_rebuild("bookings", "timeslots")
        models.catch_up(batches=20)
        assert models.rebuilt.done()
        for _ in range(4):
            models.catch_up(batches=1)
            (position,) = {state.position for state in models.states().values()}
            assert len(titles(models)) == position


@pytest.mark.usefixtures("now_titled")
@pytest.mark.parametrize("batches", [0, 1, 2])
def test_a_kill_in_the_middle_leaves_the_old_model_and_no_leftovers(
    of_ten: SQLiteReadModels, batches: int
) -> None:
    before = of_ten.digests()
    of_ten.begin_rebuild(*ALL_MODELS)
    of_ten.catch_up(batches=batches)
    of_ten.restart()
    of_ten.catch_up()
    assert of_ten.digests() == before
    assert {state.generation for state in of_ten.states().values()} == {1}
    of_ten.rebuild()
    assert {state.generation for state in of_ten.states().values()} == {2}
    assert titles(of_ten) == ["new"] * 10


def test_a_rebuild_that_fails_changes_nothing_and_can_be_repeated(
    of_ten: SQLiteReadModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = of_ten.digests()
    with monkeypatch.context() as context:
        context.setattr(BookingsProjection, "apply", _raise)
        of_ten.rebuild("bookings", "timeslots")
    with pytest.raises(RebuildFailed, match=r"ZeroDivisionError .* at position 1"):
        of_ten.rebuilt.result(timeout=0)
    assert of_ten.digests() == before
    assert {state.state for state in of_ten.states().values()} == {"running"}
    with monkeypatch.context() as context:
        context.setattr(BookingsProjection, "apply", _raise)
        of_ten.begin_rebuild("bookings")
        of_ten.catch_up(batches=1)
    assert of_ten.rebuilt.done()
    of_ten.rebuild("bookings", "timeslots")
    assert of_ten.rebuilt.result(timeout=0) is None
    assert of_ten.digests() == before


def _raise(*_: object) -> None:
    raise ZeroDivisionError


def test_a_rebuild_that_is_called_off_changes_nothing(of_ten: SQLiteReadModels) -> None:
    of_ten.begin_rebuild("bookings")
    of_ten.catch_up(batches=1)
    of_ten.rebuilt.cancel()
    of_ten.catch_up()
    assert of_ten.states()["bookings"].generation == 1
    of_ten.rebuild("bookings")
    assert of_ten.states()["bookings"].generation == 2


def test_one_rebuild_of_a_model_at_a_time(of_ten: SQLiteReadModels) -> None:
    of_ten.begin_rebuild("bookings")
    with pytest.raises(AlreadyRebuilding):
        of_ten.begin_rebuild("timeslots", "bookings")
    of_ten.begin_rebuild("timeslots")
    of_ten.catch_up()
    assert of_ten.states()["timeslots"].generation == 2


def test_an_empty_log_is_rebuilt_at_once(read_models: SQLiteReadModels) -> None:
    read_models.rebuild()
    assert {state.generation for state in read_models.states().values()} == {2}
