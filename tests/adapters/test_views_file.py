"""The file of the read models: thrown away and made anew whenever it is of no use."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from mentorbooking.adapters.read_models.sqlite.bookings import SQLiteBookingsModel
from mentorbooking.adapters.read_models.sqlite.database import registered_in
from mentorbooking.adapters.read_models.sqlite.models import all_models
from mentorbooking.application.read_models.bookings import BookingsProjection, BookingsQuery
from mentorbooking.domain.booking.events import BookingCreated
from tests.support.fixed import MENTOR, NOW, STUDENT, slot
from tests.support.memory_log import MemoryLog
from tests.support.read_models import ALL_MODELS, SQLiteReadModels

pytestmark = pytest.mark.anyio


@pytest.fixture
def log() -> MemoryLog:
    """A log that holds more bookings than fit on a few pages of a file."""
    log = MemoryLog()
    for number in range(200):
        log.append(
            f"booking_{number:03}",
            BookingCreated(
                at=NOW,
                mentor_id=MENTOR,
                student_id=STUDENT,
                slot_id="slot",
                slot=slot(hours=number),
                description="x" * 500,
            ),
        )
    return log


def views_of(folder: Path, log: MemoryLog) -> SQLiteReadModels:
    return SQLiteReadModels(folder, log)


async def filled(folder: Path, log: MemoryLog) -> dict[str, str]:
    async with views_of(folder, log) as views:
        await views.catch_up()
        return await views.digests()


async def why_made_anew(folder: Path, log: MemoryLog, expected: dict[str, str]) -> list[str]:
    """Open the file; tell why it was made anew, if it was; it is as it should be then."""
    with capture_logs() as logs:
        async with views_of(folder, log) as views:
            if logs:
                assert {state.position for state in (await views.states()).values()} == {0}
            await views.catch_up()
            assert await views.digests() == expected
    return [str(entry["reason"]) for entry in logs]


async def test_a_sound_file_is_kept(tmp_path: Path, log: MemoryLog) -> None:
    digests = await filled(tmp_path, log)
    assert await why_made_anew(tmp_path, log, digests) == []


async def test_a_missing_file_is_made(tmp_path: Path, log: MemoryLog) -> None:
    digests = await filled(tmp_path, log)
    (tmp_path / "views.db").unlink()
    async with views_of(tmp_path, log) as views:
        await views.catch_up()
        assert await views.digests() == digests


async def test_nobody_else_on_the_machine_can_read_it(tmp_path: Path, log: MemoryLog) -> None:
    async with views_of(tmp_path, log) as views:
        await views.catch_up()
        assert {file.name for file in tmp_path.iterdir()} >= {"views.db", "views.db-wal"}
        assert {file.stat().st_mode & 0o077 for file in tmp_path.iterdir()} == {0}


def garbage(path: Path) -> None:
    path.write_bytes(b"not a database at all" * 1000)


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:5000])


def without_bookings(path: Path) -> None:
    """Wipe the page on which the table of bookings begins."""
    with closing(sqlite3.connect(path)) as db:
        (page,) = db.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'bookings'"
        ).fetchone()
    content = bytearray(path.read_bytes())
    content[(page - 1) * 4096 : page * 4096] = bytes(4096)
    path.write_bytes(bytes(content))


def without_bookings_after_a_power_cut(path: Path) -> None:
    without_bookings(path)
    path.with_name("views.db-wal").touch()


@pytest.mark.parametrize("damage", [garbage, truncated, without_bookings_after_a_power_cut])
async def test_a_damaged_file_is_made_anew(
    tmp_path: Path, log: MemoryLog, damage: Callable[[Path], None]
) -> None:
    digests = await filled(tmp_path, log)
    damage(tmp_path / "views.db")
    assert await why_made_anew(tmp_path, log, digests) == ["they are damaged"]


async def test_damage_that_shows_while_reading_is_repaired_by_the_next_start(
    tmp_path: Path, log: MemoryLog
) -> None:
    digests = await filled(tmp_path, log)
    without_bookings(tmp_path / "views.db")
    async with views_of(tmp_path, log) as views:
        with pytest.raises(sqlite3.DatabaseError), capture_logs() as logs:
            await views.bookings.page(BookingsQuery(), now=NOW)
        assert logs[0]["event"] == "read_models_damaged"
    assert not (tmp_path / "views.db").exists()
    assert await filled(tmp_path, log) == digests


async def test_damage_that_shows_while_writing_stops_all_and_is_repaired_by_the_next_start(
    tmp_path: Path, log: MemoryLog
) -> None:
    await filled(tmp_path, log)
    without_bookings(tmp_path / "views.db")
    async with views_of(tmp_path, log) as views:
        log.append("booking_x", log.reader.read(0, 1)[0].event)
        with capture_logs() as logs:
            await views.catch_up()
        assert {state.state for state in (await views.states()).values()} == {"failed"}
        assert "damaged" in str((await views.states())["bookings"].error)
        assert len(logs) == 1
    async with views_of(tmp_path, log) as views:
        await views.catch_up()
        assert {state.position for state in (await views.states()).values()} == {201}


async def test_a_file_of_a_projection_of_another_version_is_made_anew(
    tmp_path: Path, log: MemoryLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    digests = await filled(tmp_path, log)
    monkeypatch.setattr(BookingsProjection, "version", 2)
    reasons = await why_made_anew(tmp_path, log, digests)
    assert reasons == ["they are of another version of the program"]


async def test_a_file_of_other_tables_is_made_anew(
    tmp_path: Path, log: MemoryLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    digests = await filled(tmp_path, log)
    more = 'CREATE INDEX {i}_by_end ON {t} ("end")'
    monkeypatch.setattr(SQLiteBookingsModel, "schema", (*SQLiteBookingsModel.schema, more))
    reasons = await why_made_anew(tmp_path, log, digests)
    assert reasons == ["they are of another version of the program"]


async def test_somebody_elses_database_is_made_anew(tmp_path: Path, log: MemoryLog) -> None:
    with closing(sqlite3.connect(tmp_path / "views.db")) as db:
        db.execute("CREATE TABLE somebodys (own)")
    with capture_logs() as logs:
        async with views_of(tmp_path, log):
            pass
    assert [entry["reason"] for entry in logs] == ["they are of another version of the program"]


@pytest.mark.parametrize("length", [0, 10, 200])
async def test_a_file_of_another_log_is_made_anew(
    tmp_path: Path, log: MemoryLog, length: int
) -> None:
    await filled(tmp_path, log)
    other = MemoryLog()
    for recorded in log.reader.read(0, length):
        other.append(recorded.stream, recorded.event)
    events = other.reader.events
    events[-1:] = [each._replace(event_id="event_other") for each in events[-1:]]
    reasons = await why_made_anew(tmp_path, other, await filled(_new(tmp_path), other))
    assert reasons == ["they are of another log"]


def _new(folder: Path) -> Path:
    (folder / "new").mkdir()
    return folder / "new"


def test_a_folder_that_can_not_be_written_is_an_error_and_deletes_nothing(
    tmp_path: Path, log: MemoryLog
) -> None:
    (tmp_path / "views.db").mkdir()
    with pytest.raises(sqlite3.OperationalError):
        views_of(tmp_path, log)
    assert (tmp_path / "views.db").is_dir()


async def test_any_process_can_see_how_the_models_stand(tmp_path: Path, log: MemoryLog) -> None:
    assert registered_in(tmp_path / "views.db") == []
    async with views_of(tmp_path, log) as views:
        await views.catch_up()
        found = registered_in(tmp_path / "views.db")
    assert [row.name for row in found] == list(ALL_MODELS)
    assert {(row.position, row.state, row.error) for row in found} == {(200, "running", None)}
    garbage(tmp_path / "views.db")
    assert registered_in(tmp_path / "views.db") == []


async def test_no_tables_of_old_generations_stay(tmp_path: Path, log: MemoryLog) -> None:
    async with views_of(tmp_path, log) as views:
        await views.catch_up()
        tables = _tables(tmp_path)
        await views.rebuild()
        await views.rebuild()
        assert _tables(tmp_path) == tables
        await views.begin_rebuild("mentor_directory")
    assert _tables(tmp_path) > tables
    async with views_of(tmp_path, log):
        assert _tables(tmp_path) == tables


def _tables(folder: Path) -> set[str]:
    with closing(sqlite3.connect(folder / "views.db")) as db:
        return {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE rootpage")} - {
            name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'index'")
        }


def test_every_model_is_registered_under_its_own_name() -> None:
    assert sorted(model.name for model in all_models()) == sorted(ALL_MODELS)
