"""The write-ahead log is folded into the file now and then, whoever reads meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from mentorbooking.adapters.persistence.sqlite_log import folding
from mentorbooking.adapters.persistence.sqlite_log.connections import open_for_writing
from mentorbooking.adapters.persistence.sqlite_log.folding import Folding
from mentorbooking.adapters.persistence.sqlite_log.log import SQLiteLog
from tests.support.sqlite_logs import appending, to

pytestmark = pytest.mark.anyio

MEGABYTE = 1 << 20


@contextlib.contextmanager
def reader_that_holds_on(path: Path) -> Iterator[None]:
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM events").fetchone()
        yield
        reader.execute("COMMIT")


@pytest.fixture(params=["thread", "process"])
async def log(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[SQLiteLog]:
    with SQLiteLog(tmp_path / "events.db") as opened:
        if request.param == "thread":
            yield opened
        else:
            async with opened.written_by_a_process():
                yield opened


async def append_megabytes(log: SQLiteLog, name: str, count: int) -> None:
    """Append so many, a kilobyte each event."""
    for turn in range(count):
        await asyncio.gather(
            *(
                log.append(appending(to(f"{name}-{turn}-{number}", 0, *[bytes(1000)] * 100)))
                for number in range(10)
            )
        )


def sizes(log: SQLiteLog) -> tuple[int, int]:
    """Return the bytes of the file, and of its write-ahead log."""
    return log.path.stat().st_size, log.path.with_name("events.db-wal").stat().st_size


async def test_what_is_written_gets_into_the_file_while_more_is_written(log: SQLiteLog) -> None:
    await append_megabytes(log, "a", 20)
    file, wal = sizes(log)
    assert file > 12 * MEGABYTE
    assert wal < 12 * MEGABYTE


async def test_a_reader_that_holds_on_makes_it_long_only_for_a_time(
    log: SQLiteLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    await log.append(appending(to("first", 0, b"x")))
    with reader_that_holds_on(log.path):
        await append_megabytes(log, "held", 70)
        assert sizes(log)[1] > 70 * MEGABYTE
    await append_megabytes(log, "later", 10)

    file, wal = sizes(log)
    assert file > 70 * MEGABYTE
    assert wal <= 64 * MEGABYTE


MUCH = """
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
INSERT OR REPLACE INTO meta SELECT i, zeroblob(300) FROM n"""
"""Changes so many rows; as many as make folding due are a megabyte at least."""


def much(connection: sqlite3.Connection) -> None:
    connection.execute(MUCH, (folding._EVERY_ROWS,))


def test_in_vain_it_is_tried_only_when_as_much_more_was_written(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    with (
        contextlib.closing(open_for_writing(path, 1.0)) as connection,
        reader_that_holds_on(path),
    ):
        tried: list[str] = []
        writer = Folding(connection)
        for _ in range(3):
            much(connection)
            connection.set_trace_callback(tried.append)
            for _ in range(10):
                writer.fold_if_due()
            connection.set_trace_callback(None)
    assert tried == ["PRAGMA wal_checkpoint(PASSIVE)"] * 3


def test_what_can_not_be_folded_is_folded_later(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    with contextlib.closing(open_for_writing(path, 1.0)) as connection:
        writer = Folding(connection)
        much(connection)

        connection.set_authorizer(lambda *_: sqlite3.SQLITE_DENY)  # as if the disk were away
        writer.fold_if_due()
        connection.set_authorizer(None)
        assert path.stat().st_size < MEGABYTE

        much(connection)
        writer.fold_if_due()
        assert path.stat().st_size > MEGABYTE


async def test_what_is_forgotten_counts_by_its_rows(log: SQLiteLog) -> None:
    await log.append(appending(to("first", 0, b"x")))
    await log.write((MUCH, (folding._EVERY_ROWS,)))
    await log.write()  # behind it, and so behind the folding
    assert sizes(log)[0] > MEGABYTE


async def test_those_who_write_little_fold_too(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    with SQLiteLog(path) as service:
        for turn in range(20):
            with SQLiteLog(path) as program:
                await program.append(appending(to(f"s{turn}", 0, bytes(100_000))))
        file, wal = sizes(service)
    assert file > 1.8 * MEGABYTE
    assert wal < MEGABYTE
