"""A full disk, a file that can't be written, a file of something else: said clearly, survived."""

from __future__ import annotations

import asyncio
import os
import resource
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from mentorbooking.adapters.persistence.requests import Appended, LogUnavailable
from mentorbooking.adapters.persistence.sqlite_log.log import SQLiteLog
from mentorbooking.adapters.persistence.sqlite_log.verification import verify
from tests.support.sqlite_logs import appending, held_by_another_process, to

pytestmark = pytest.mark.anyio


@contextmanager
def files_no_larger_than(size: int) -> Iterator[None]:
    """Let every write of this process beyond ``size`` bytes of a file fail."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextmanager
def nobody_special() -> Iterator[None]:
    """Give up the superuser's right to write everywhere, if we have it."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


async def test_a_full_database_is_told_to_all_of_the_group_and_passes(tmp_path: Path) -> None:
    with SQLiteLog(tmp_path / "events.db") as log:
        await log.append(appending(to("a", 0, b"1")))
        ((pages,),) = log.query("PRAGMA page_count")
        await log.write((f"PRAGMA max_page_count = {pages}", ()))

        outcomes = await asyncio.gather(
            *(log.append(appending(to(f"s{n}", 0, bytes(2000)))) for n in range(20)),
            return_exceptions=True,
        )
        assert {type(outcome) for outcome in outcomes} == {LogUnavailable}
        assert "full" in str(outcomes[0])
        assert log.head() == 1

        await log.write((f"PRAGMA max_page_count = {pages + 1000}", ()))
        assert await log.append(appending(to("s0", 0, b"2"))) == Appended(2, 2)
        assert verify(log).broken is None


async def test_a_full_disk_is_told_to_all_of_the_group_and_passes(tmp_path: Path) -> None:
    with SQLiteLog(tmp_path / "events.db") as log:
        await log.append(appending(to("a", 0, b"1")))
        with files_no_larger_than(5000):  # whether the write-ahead log goes on or begins anew
            outcomes = await asyncio.gather(
                *(log.append(appending(to(f"s{n}", 0, bytes(2000)))) for n in range(20)),
                return_exceptions=True,
            )
        refused = [outcome for outcome in outcomes if not isinstance(outcome, Appended)]
        assert {type(outcome) for outcome in refused} == {LogUnavailable}
        assert log.head() == 1 + len(outcomes) - len(refused)

        head = log.head()
        assert await log.append(appending(to("again", 0, b"2"))) == Appended(head + 1, head + 1)
        assert verify(log).broken is None
    with SQLiteLog(tmp_path / "events.db") as log:
        assert log.head() == head + 1


async def test_a_snapshot_that_can_not_be_kept_is_lost_in_silence(tmp_path: Path) -> None:
    with SQLiteLog(tmp_path / "events.db") as log:
        ((pages,),) = log.query("PRAGMA page_count")
        await log.write((f"PRAGMA max_page_count = {pages}", ()))
        log.put_snapshot("a", 1, 1, bytes(100_000))
        with suppress(LogUnavailable):  # if it shares the snapshot's transaction
            await log.write()
        await log.write((f"PRAGMA max_page_count = {pages + 1000}", ()))

        assert log.snapshot("a") is None
        assert await log.append(appending(to("a", 0, b"1"))) == Appended(1, 1)


async def test_a_writer_that_holds_the_file_too_long_makes_the_log_unavailable(
    tmp_path: Path,
) -> None:
    with SQLiteLog(tmp_path / "events.db", busy_timeout=0.05) as log:
        with held_by_another_process(log.path), pytest.raises(LogUnavailable, match="locked"):
            await log.append(appending(to("a", 0, b"1")))
        assert await log.append(appending(to("a", 0, b"1"))) == Appended(1, 1)


def test_a_file_that_can_not_be_written_is_refused_at_once() -> None:
    with TemporaryDirectory() as directory:  # pytest's own may be entered by its owner only
        Path(directory).chmod(0o777)
        path = Path(directory) / "events.db"
        SQLiteLog(path).close()
        path.chmod(0o444)

        with nobody_special(), pytest.raises(LogUnavailable, match=r"can't be used: .*readonly"):
            SQLiteLog(path)


def test_a_directory_that_can_not_be_written_is_refused_at_once(tmp_path: Path) -> None:
    with TemporaryDirectory() as directory:
        Path(directory).chmod(0o555)
        path = Path(directory) / "events.db"

        with nobody_special(), pytest.raises(LogUnavailable, match=r"can't be opened: .*denied"):
            SQLiteLog(path)
    with pytest.raises(LogUnavailable, match="can't be opened"):
        SQLiteLog(tmp_path / "nowhere" / "events.db")


def test_a_file_of_something_else_is_refused_and_left_alone(tmp_path: Path) -> None:
    text = tmp_path / "text.db"
    text.write_text("not a database, but long enough to look like none at all " * 20)
    other = tmp_path / "other.db"
    with closing(sqlite3.connect(other)) as db:
        db.execute("CREATE TABLE songs (title TEXT)")

    with pytest.raises(LogUnavailable, match="not a database"):
        SQLiteLog(text)
    with pytest.raises(LogUnavailable, match="database of something else"):
        SQLiteLog(other)
    assert text.read_text().startswith("not a database")
    with closing(sqlite3.connect(other)) as db:
        assert db.execute("SELECT name FROM sqlite_schema").fetchall() == [("songs",)]


def test_a_file_of_a_newer_program_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    with SQLiteLog(path) as log:
        log.write_sync(("UPDATE meta SET value = 2 WHERE key = 'schema_version'", ()))

    with pytest.raises(LogUnavailable, match="schema version is 2"):
        SQLiteLog(path)


def test_an_sqlite_that_is_too_old_is_told_by_its_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 36, 0))
    with pytest.raises(LogUnavailable, match=r"needs SQLite 3\.37"):
        SQLiteLog(tmp_path / "events.db")


def test_only_its_owner_may_read_the_file_that_holds_secrets(tmp_path: Path) -> None:
    with SQLiteLog(tmp_path / "events.db") as log:
        log.append_sync(appending(to("a", 0, b"1")))
        modes = {file.name: file.stat().st_mode & 0o777 for file in tmp_path.iterdir()}
    assert modes == dict.fromkeys(["events.db", "events.db-wal", "events.db-shm"], 0o600)


def test_every_commit_is_durable(tmp_path: Path) -> None:
    """In WAL mode only FULL (2) makes SQLite sync at each COMMIT."""
    with SQLiteLog(tmp_path / "events.db") as log:
        assert log.query("PRAGMA journal_mode") == [("wal",)]
        note = "INSERT INTO tracking SELECT 'synchronous', synchronous FROM pragma_synchronous"
        log.write_sync((note, ()))
        assert log.query("SELECT position FROM tracking") == [(2,)]
