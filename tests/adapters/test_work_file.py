"""The work file: durable, shared by processes, and able to grow with the program."""

from __future__ import annotations

import asyncio
import multiprocessing
import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from mentorbooking.adapters.job_queue.sqlite import JOBS, SQLiteJobQueue
from mentorbooking.adapters.work.sqlite.database import Schema, WorkDatabase
from mentorbooking.application.ports.unavailable import StoreUnavailable
from tests.support.fixed import NOW
from tests.support.work_file import open_work_file

pytestmark = pytest.mark.anyio

NOTES = Schema("notes", ("CREATE TABLE notes (text TEXT NOT NULL)",))


@pytest.fixture
def database(tmp_path: Path) -> Iterator[WorkDatabase]:
    opened = WorkDatabase(tmp_path / "work.db", [NOTES])
    yield opened
    opened.close()


def add(text: str, connection: sqlite3.Connection) -> None:
    connection.execute("INSERT INTO notes VALUES (?)", (text,))


def all_notes(connection: sqlite3.Connection) -> list[str]:
    return [text for (text,) in connection.execute("SELECT text FROM notes")]


async def test_only_the_owner_may_read_it(database: WorkDatabase, tmp_path: Path) -> None:
    await database.write(partial(add, "x"))

    assert {path.stat().st_mode & 0o077 for path in tmp_path.iterdir()} == {0}


async def test_every_commit_reaches_the_disk(database: WorkDatabase) -> None:
    def pragmas(connection: sqlite3.Connection) -> list[object]:
        return [
            connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous")
        ]

    assert await database.read(pragmas) == ["wal", 2]


async def test_a_transaction_that_raises_changes_nothing(database: WorkDatabase) -> None:
    def half(connection: sqlite3.Connection) -> None:
        add("half", connection)
        raise KeyError("a bug")

    with pytest.raises(KeyError):
        await database.write(half)

    await database.write(lambda tx: add("whole", tx))
    assert await database.read(all_notes) == ["whole"]


async def test_a_module_may_add_tables_later(tmp_path: Path, database: WorkDatabase) -> None:
    await database.write(lambda tx: add("old", tx))
    grown = Schema("notes", (*NOTES.statements, "ALTER TABLE notes ADD COLUMN author TEXT"))

    for _ in range(2):
        WorkDatabase(tmp_path / "work.db", [grown, Schema("more", ("CREATE TABLE m (x)",))]).close()

    rows = await database.read(lambda tx: tx.execute("SELECT text, author FROM notes").fetchall())
    assert rows == [("old", None)]


async def test_an_older_program_leaves_newer_tables_alone(tmp_path: Path) -> None:
    grown = Schema("notes", (*NOTES.statements, "ALTER TABLE notes ADD COLUMN author TEXT"))
    for schema in (grown, NOTES, grown):
        WorkDatabase(tmp_path / "work.db", [schema]).close()
    with closing(sqlite3.connect(tmp_path / "work.db")) as file:
        assert "author" in {column[1] for column in file.execute("PRAGMA table_info (notes)")}


async def test_a_file_that_can_not_be_opened_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable):
        WorkDatabase(tmp_path / "no such folder" / "work.db", [NOTES])


async def test_a_file_that_can_not_be_written_is_told(database: WorkDatabase) -> None:
    await database.read(lambda tx: tx.execute("PRAGMA query_only = ON"))

    with pytest.raises(StoreUnavailable):
        await database.write(lambda tx: add("x", tx))


def claim_all(folder: Path) -> list[str]:
    """Run in another process: claim jobs until there are none."""

    async def claim() -> list[str]:
        database = open_work_file(folder)
        queue, keys = SQLiteJobQueue(database), []
        while job := await queue.claim(["q"], now=NOW, lease=timedelta(hours=1)):
            keys.append(job.key)
        database.close()
        return keys

    return asyncio.run(claim())


async def test_processes_share_jobs_without_getting_one_twice(tmp_path: Path) -> None:
    database = WorkDatabase(tmp_path / "work.db", [JOBS])
    queue = SQLiteJobQueue(database)
    keys = [f"k{number:02}" for number in range(40)]
    for key in keys:
        await queue.enqueue("q", key, b"", now=NOW)
    database.close()

    with ProcessPoolExecutor(3, multiprocessing.get_context("spawn")) as processes:
        claimed = list(processes.map(claim_all, [tmp_path] * 3))

    assert sorted(key for keys_of_one in claimed for key in keys_of_one) == keys


def open_at(folder: Path, moment: float) -> None:
    while time.time() < moment:
        pass
    open_work_file(folder).close()


async def test_processes_may_make_the_file_at_the_same_moment(tmp_path: Path) -> None:
    with ProcessPoolExecutor(4, multiprocessing.get_context("spawn")) as processes:
        for number in range(25):
            folder = tmp_path / str(number)
            folder.mkdir()
            list(processes.map(open_at, [folder] * 4, [time.time() + 0.01] * 4))
            with closing(sqlite3.connect(folder / "work.db")) as file:
                assert file.execute("SELECT count(*) FROM jobs").fetchall() == [(0,)]
