"""Whatever goes wrong while rows are written, rows and positions belong together."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mentorbooking.adapters.read_models.sqlite import mentor_directory
from mentorbooking.adapters.read_models.sqlite.database import registered_in
from mentorbooking.application.answers.mentor import MentorAnswer
from mentorbooking.application.read_models.mentor_directory import MentorsQuery
from tests.support.fixed import NOW
from tests.support.mentor_events import mentor
from tests.support.read_models import ALL_MODELS, SQLiteReadModels, rows_of

pytestmark = pytest.mark.anyio


@pytest.fixture
async def views(tmp_path: Path) -> AsyncIterator[SQLiteReadModels]:
    async with SQLiteReadModels(tmp_path) as views:
        await mentor(views, "ada")
        yield views


async def listed(views: SQLiteReadModels) -> list[str]:
    page = await views.mentors.page(MentorsQuery(), now=NOW)
    return [row.id for row in rows_of(page, MentorAnswer)]


async def test_what_one_model_wrote_before_it_failed_is_taken_back(
    views: SQLiteReadModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mentor_directory, "_PUT_WORDS", "INSERT INTO nowhere VALUES (?)")
    await mentor(views, "bob")
    assert await listed(views) == ["ada"]
    positions = {name: state.position for name, state in (await views.states()).items()}
    assert positions == dict.fromkeys(ALL_MODELS, 2) | {"mentor_directory": 1}
    assert (await views.states())["mentor_directory"].state == "failed"


async def test_every_process_can_see_that_the_log_has_a_hole(
    views: SQLiteReadModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    views.log.append("mentor_bob", views.log.reader.read(0, 1)[0].event)
    monkeypatch.setattr(views.log.reader, "read", lambda after, limit: [])
    await views.catch_up()
    told = {(row.state, row.position, row.error) for row in registered_in(views.path)}
    assert told == {("failed", 1, "the log has a hole: position 2 is missing")}


async def test_a_full_disk_stops_nothing_for_good(views: SQLiteReadModels) -> None:
    db = views.views.db
    (pages,) = db.execute("PRAGMA page_count").fetchone()
    db.execute(f"PRAGMA max_page_count = {pages}")
    for number in range(50):
        views.log.append(f"mentor_{number:02}", views.log.reader.read(0, 1)[0].event)
    with pytest.raises(sqlite3.OperationalError, match="full"):
        await views.catch_up()
    assert await listed(views) == ["ada"]
    assert {(state.position, state.state) for state in (await views.states()).values()} == {
        (1, "running")
    }
    db.execute("PRAGMA max_page_count = 1000000")
    await views.catch_up()
    assert len(await listed(views)) == 50
    assert {state.position for state in (await views.states()).values()} == {51}
