"""The process that writes dies at its worst, can't be started or understood; its file is away."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
import time
from collections.abc import AsyncIterator, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import uvloop

from mentorbooking.adapters.event_store.sqlite.credentials import SQLiteCredentials
from mentorbooking.adapters.persistence.requests import (
    Appended,
    LogUnavailable,
    PerhapsAppended,
)
from mentorbooking.adapters.persistence.sqlite_log import process_writer
from mentorbooking.adapters.persistence.sqlite_log.frames import Report
from mentorbooking.adapters.persistence.sqlite_log.log import SQLiteLog
from mentorbooking.adapters.persistence.sqlite_log.process_writer import ProcessWriter
from mentorbooking.application.ports.credentials import StoredRefreshToken
from mentorbooking.application.ports.unavailable import StoreUnavailable
from tests.support.fixed import NOW
from tests.support.patience import until
from tests.support.sqlite_logs import appending, held_by_another_process, to

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[2]


@pytest.fixture
def log(tmp_path: Path) -> Iterator[SQLiteLog]:
    with SQLiteLog(tmp_path / "events.db") as opened:
        yield opened


@pytest.fixture
async def writer(log: SQLiteLog) -> AsyncIterator[ProcessWriter]:
    async with log.written_by_a_process() as started:
        yield started


def open_here() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def test_one_that_is_stuck_is_killed_in_the_end(
    log: SQLiteLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process_writer, "_GRACE_SECONDS", 0.1)
    async with log.written_by_a_process() as writer:
        await log.append(appending(to("a", 0, b"x")))
        assert writer.pid is not None
        os.kill(writer.pid, signal.SIGSTOP)
        waiting = asyncio.create_task(log.append(appending(to("b", 0, b"x"))))
        await asyncio.sleep(0.05)

    with pytest.raises(LogUnavailable):
        await waiting
    assert log.read_stream("b") == []


async def test_one_that_can_not_be_started_is_told(
    log: SQLiteLog, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "no python"))
    with pytest.raises(LogUnavailable, match="can't be started"):
        async with log.written_by_a_process():
            pass
    assert await log.append(appending(to("a", 0, b"x"))) == Appended(1, 1)


async def test_while_none_can_be_started_appends_are_refused(
    log: SQLiteLog, writer: ProcessWriter, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with monkeypatch.context() as without_python:
        without_python.setattr(sys, "executable", str(tmp_path / "no python"))
        assert writer.pid is not None
        os.kill(writer.pid, signal.SIGKILL)
        await until(lambda: writer.pid is None)
        with pytest.raises(LogUnavailable, match="can't be started"):
            await log.append(appending(to("a", 0, b"x")))

    await until(lambda: writer.pid is not None)
    assert await log.append(appending(to("a", 0, b"x"))) == Appended(1, 1)


async def test_it_closes_also_while_none_can_be_started(
    log: SQLiteLog, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async with log.written_by_a_process() as writer:
        monkeypatch.setattr(sys, "executable", str(tmp_path / "no python"))
        assert writer.pid is not None
        os.kill(writer.pid, signal.SIGKILL)
        await until(lambda: writer.pid is None)
        waiting = asyncio.create_task(log.append(appending(to("a", 0, b"x"))))
        await asyncio.sleep(0)

    with pytest.raises(LogUnavailable):
        await waiting
    assert await log.append(appending(to("a", 0, b"x"))) == Appended(1, 1)


async def test_one_that_can_not_be_understood_makes_way_for_another(
    log: SQLiteLog, writer: ProcessWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    def garbled(_: bytes) -> Report:
        raise ValueError("garbled")

    first = writer.pid
    with monkeypatch.context() as babel:
        babel.setattr(process_writer, "decode_report", garbled)
        outcomes = await asyncio.gather(
            *(log.append(appending(to(f"s{n}", 0, b"x"), commit_id=f"c{n}")) for n in range(30)),
            return_exceptions=True,
        )
    landed = [n for n, outcome in enumerate(outcomes) if isinstance(outcome, Appended)]
    assert {type(outcome) for outcome in outcomes} <= {Appended, LogUnavailable}
    assert {event.stream for event in log.read_log(0, 999)} == {f"s{n}" for n in landed}

    assert (await log.append(appending(to("later", 0, b"x")))).last == len(landed) + 1
    assert writer.pid not in (None, first)


def test_what_comes_while_it_ends_is_refused_or_written_on_the_loop_of_the_service(
    tmp_path: Path,
) -> None:
    """Uvloop, unlike asyncio's own, raises where one writes to a pipe that is closed."""

    async def kill_and_go_on(log: SQLiteLog, pid: int) -> None:
        os.kill(pid, signal.SIGKILL)
        time.sleep(0.05)  # it has ended, and our loop does not know
        tasks = []
        for turn in range(12):
            tasks += [
                asyncio.create_task(log.append(appending(to(f"{pid}-{turn}-{n}", 0, b"x"))))
                for n in range(16)
            ]
            await asyncio.sleep(0)
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        assert {type(outcome) for outcome in outcomes} == {Appended, LogUnavailable}

    async def main() -> None:
        with SQLiteLog(tmp_path / "events.db") as log:
            async with log.written_by_a_process() as writer:
                for _ in range(3):
                    await log.append(appending(to(f"{writer.pid}", 0, b"x")))
                    assert writer.pid is not None
                    await kill_and_go_on(log, writer.pid)

    uvloop.run(main())


async def test_what_it_did_not_tell_anybody_of_is_never_found(
    log: SQLiteLog, writer: ProcessWriter, tmp_path: Path
) -> None:
    """It is killed when its COMMIT is on the disk and not in the index of the others yet."""

    def as_after_a_crash(name: str) -> SQLiteLog:
        (tmp_path / name).mkdir()
        for end in ("", "-wal"):
            shutil.copy(f"{log.path}{end}", tmp_path / name / f"events.db{end}")
        return SQLiteLog(tmp_path / name / "events.db")

    await log.append(appending(to("a", 0, b"x")))
    assert writer.pid is not None
    os.kill(writer.pid, signal.SIGSTOP)
    refused = asyncio.create_task(log.append(appending(to("a", 1, b"y"), commit_id="refused")))
    await asyncio.sleep(0.05)
    wal = log.path.with_name("events.db-wal")
    with as_after_a_crash("there") as there:
        await there.append(appending(to("a", 1, b"y"), commit_id="refused"))
        synced = there.path.with_name("events.db-wal").read_bytes()
    assert len(synced) > wal.stat().st_size
    with wal.open("r+b") as file:
        file.write(synced)
    with as_after_a_crash("before") as before:
        assert before.head() == 2
    os.kill(writer.pid, signal.SIGKILL)
    with pytest.raises(LogUnavailable):
        await refused

    with as_after_a_crash("behind") as behind:
        assert behind.head() == 1


async def test_a_token_that_was_rotated_by_one_that_could_not_tell_is_rotated(
    log: SQLiteLog, writer: ProcessWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    def garbled(_: bytes) -> Report:
        raise ValueError("garbled")

    def token(name: str) -> StoredRefreshToken:
        return StoredRefreshToken(
            token_hash=name, family="f", user_id="u", issued_at=NOW, family_started_at=NOW
        )

    credentials = SQLiteCredentials(log)
    await credentials.add_refresh_token(token("first"))
    with monkeypatch.context() as babel:
        babel.setattr(process_writer, "decode_report", garbled)
        assert await credentials.rotate(token("first"), token("second"))
        with pytest.raises(StoreUnavailable):
            await credentials.rotate(token("first"), token("third"))
    assert await credentials.rotate(token("second"), token("third"))


async def test_where_nobody_can_look_it_is_told_that_it_is_not_known(
    log: SQLiteLog, writer: ProcessWriter
) -> None:
    log._connection.execute("PRAGMA busy_timeout = 50")
    assert writer.pid is not None
    with held_by_another_process(log.path):
        waiting = asyncio.create_task(log.append(appending(to("a", 0, b"x"))))
        await asyncio.sleep(0.05)
        os.kill(writer.pid, signal.SIGKILL)
        with pytest.raises(PerhapsAppended, match=r"not known: .*locked"):
            await waiting


async def test_one_that_dies_again_and_again_is_started_less_and_less_often(
    log: SQLiteLog, writer: ProcessWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    spawned: list[float] = []
    spawn = asyncio.create_subprocess_exec

    async def spawn_and_note(*arguments: str, **given: Any) -> asyncio.subprocess.Process:
        spawned.append(time.monotonic())
        return await spawn("/bin/false", **given)

    monkeypatch.setattr(asyncio, "create_subprocess_exec", spawn_and_note)
    monkeypatch.setattr(process_writer, "_RESTART_SECONDS", 0.02)
    monkeypatch.setattr(process_writer, "_LONGEST_RESTART_SECONDS", 0.16)
    assert writer.pid is not None
    os.kill(writer.pid, signal.SIGKILL)
    while len(spawned) < 6:
        with pytest.raises(LogUnavailable):
            await log.append(appending(to("a", 0, b"x")))

    pauses = [after - before for before, after in pairwise(spawned)]
    assert pauses[-1] > 0.15
    monkeypatch.setattr(asyncio, "create_subprocess_exec", spawn)
    outcome = None
    while not isinstance(outcome, Appended):
        (outcome,) = await asyncio.gather(
            log.append(appending(to("a", 0, b"x"))), return_exceptions=True
        )


async def test_a_file_that_was_moved_is_not_written_to(
    log: SQLiteLog, writer: ProcessWriter
) -> None:
    await log.append(appending(to("a", 0, b"x")))
    elsewhere = log.path.with_name("elsewhere.db")
    log.path.rename(elsewhere)
    with pytest.raises(LogUnavailable, match="can't be found"):
        await log.append(appending(to("a", 1, b"x")))
    assert not log.path.exists()

    shutil.copy(elsewhere, log.path)
    with pytest.raises(LogUnavailable, match="not the file that it was"):
        await log.append(appending(to("a", 1, b"x")))

    elsewhere.rename(log.path)
    assert await log.append(appending(to("a", 1, b"x"))) == Appended(2, 2)


async def test_nothing_stays_open_of_those_that_ended(
    log: SQLiteLog, writer: ProcessWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process_writer, "_RESTART_SECONDS", 0)
    before = open_here()
    for turn in range(5):
        await log.append(appending(to("a", turn, b"x")))
        assert writer.pid is not None
        os.kill(killed := writer.pid, signal.SIGKILL)
        await until(lambda killed=killed: writer.pid != killed)
    await log.append(appending(to("a", 5, b"x")))
    assert open_here() <= before + 2
