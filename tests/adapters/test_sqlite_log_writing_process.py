"""A process of its own writes the log: nothing is lost, doubled or unsaid, whatever ends it."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from mentorbooking.adapters.event_store.sqlite import event_log
from mentorbooking.adapters.event_store.sqlite.event_log import SQLiteEventLog
from mentorbooking.adapters.persistence.requests import (
    Appended,
    Committed,
    LogUnavailable,
    StreamConflict,
)
from mentorbooking.adapters.persistence.sqlite_log.log import SQLiteLog
from mentorbooking.adapters.persistence.sqlite_log.process_writer import ProcessWriter
from mentorbooking.adapters.persistence.sqlite_log.verification import verify
from mentorbooking.application.ports.unavailable import StoreUnavailable
from tests.support.patience import PATIENCE, until
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


def runs(pid: int) -> bool:
    """Tell whether a process that may be nobody's child still runs."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


# -- whatever ends it ------------------------------------------------------


async def test_after_each_kill_everybody_knows_what_was_written(
    log: SQLiteLog, writer: ProcessWriter
) -> None:
    landed: dict[str, Appended] = {}
    refused: set[str] = set()

    async def write(task: int) -> None:
        version = 0
        for turn in range(25):
            commit_id = f"{task}-{turn}"
            try:
                landed[commit_id] = await log.append(
                    appending(to(f"s{task}", version, b"x", b"y"), commit_id=commit_id)
                )
                version += 2
            except LogUnavailable:
                refused.add(commit_id)

    async def kill_behind(count: int) -> None:
        while len(landed) + len(refused) < count or writer.pid is None:
            await asyncio.sleep(0.001)
        os.kill(killed := writer.pid, signal.SIGKILL)
        await until(lambda: writer.pid != killed)

    async def kill_three_times() -> None:
        for count in (300, 700, 1100):
            await kill_behind(count)

    await asyncio.gather(kill_three_times(), *(write(task) for task in range(64)))

    found: dict[str, list[int]] = {}
    for event in log.read_log(0, 100_000):
        found.setdefault(event.commit_id, []).append(event.position)
    assert found == {name: [each.first, each.last] for name, each in landed.items()}
    assert refused
    assert not refused & set(found)
    assert verify(log).broken is None


async def test_who_waits_longer_than_the_process_lives_is_served_by_the_next(
    log: SQLiteLog, writer: ProcessWriter
) -> None:
    first = writer.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    await until(lambda: writer.pid != first)

    assert await log.append(appending(to("a", 0, b"x"))) == Appended(1, 1)
    assert writer.pid not in (None, first)


async def test_signals_for_the_service_do_not_end_it(log: SQLiteLog, writer: ProcessWriter) -> None:
    await log.append(appending(to("a", 0, b"x")))
    pid = writer.pid
    assert pid is not None
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        os.kill(pid, number)

    assert await log.append(appending(to("a", 1, b"x"))) == Appended(2, 2)
    assert writer.pid == pid


async def test_it_ends_after_all_is_written_and_the_thread_writes_on(log: SQLiteLog) -> None:
    async with log.written_by_a_process() as writer:
        await log.append(appending(to("first", 0, b"x")))
        pid = writer.pid
        assert pid is not None
        tasks = [
            asyncio.create_task(log.append(appending(to(f"s{n}", 0, b"x")))) for n in range(300)
        ]
        await asyncio.sleep(0)

    assert {(await task).last for task in tasks} == set(range(2, 302))
    assert not runs(pid)
    with pytest.raises(LogUnavailable):
        await writer.append(appending(to("late", 0, b"x")))
    writer.append_soon(appending(to("late", 0, b"x")))
    assert await log.append(appending(to("thread", 0, b"x"))) == Appended(302, 302)
    assert not log.changed_elsewhere()


def test_it_does_not_outlive_a_service_that_was_killed(tmp_path: Path) -> None:
    program = [sys.executable, "-m", "tests.support.appending_process"]
    with subprocess.Popen(
        [*program, str(tmp_path / "events.db"), "p", "0", "process"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"},
        stdout=subprocess.PIPE,
    ) as service:
        assert service.stdout is not None
        pid = int(service.stdout.readline())
        service.stdout.readline()
        assert runs(pid)
        service.kill()

    deadline = time.monotonic() + PATIENCE
    while runs(pid):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    with SQLiteLog(tmp_path / "events.db") as log:
        assert verify(log).broken is None


# -- what it has of the service --------------------------------------------


async def test_it_has_a_session_of_its_own_and_nothing_open_but_what_it_needs(
    log: SQLiteLog, writer: ProcessWriter
) -> None:
    with socket.create_server(("127.0.0.1", 0)):
        await log.append(appending(to("a", 0, b"x")))
        assert writer.pid is not None
        held = {
            each.readlink().name
            for each in Path(f"/proc/{writer.pid}/fd").iterdir()
            if int(each.name) > 2
        }
    assert held == {"events.db", "events.db-wal", "events.db-shm"}
    assert os.getsid(writer.pid) == writer.pid


# -- what it tells ---------------------------------------------------------


async def test_hooks_hear_of_each_group_with_its_events(
    log: SQLiteLog, writer: ProcessWriter
) -> None:
    news: list[Committed] = []
    log.on_commit(news.append)

    await asyncio.gather(*(log.append(appending(to(f"s{n}", 0, b"x", b"y"))) for n in range(90)))
    await log.append(appending(to("s0", 2)))  # no event, no news

    assert [event for each in news for event in each.events] == log.read_log(0, 999)
    assert [each.head for each in news] == [each.events[-1].position for each in news]
    assert len(news) < 90


async def test_threads_may_append_through_it(log: SQLiteLog, writer: ProcessWriter) -> None:
    def write() -> Appended:
        return log.append_sync(appending(to("a", 0, b"x")))

    with pytest.raises(RuntimeError, match="wait for itself"):
        write()
    assert await asyncio.to_thread(write) == Appended(1, 1)
    log.put_snapshot("a", 1, 1, b"state")
    await log.write()
    assert log.snapshot("a") is not None


async def test_its_commits_never_look_foreign_however_busy(
    log: SQLiteLog, writer: ProcessWriter
) -> None:
    done = False
    alarms = 0

    async def look() -> None:
        nonlocal alarms
        while not done:
            alarms += log.changed_elsewhere()
            await asyncio.sleep(0)

    looking = asyncio.create_task(look())
    for turn in range(20):
        outcomes = await asyncio.gather(
            *(log.append(appending(to(f"s{n % 50}", turn, b"x"))) for n in range(64)),
            return_exceptions=True,
        )
        assert sum(isinstance(outcome, StreamConflict) for outcome in outcomes) == 14
    done = True
    await looking
    assert alarms == 0


async def test_a_foreign_commit_is_noticed_behind_what_is_under_way(
    log: SQLiteLog, writer: ProcessWriter
) -> None:
    await log.append(appending(to("a", 0, b"x")))
    assert not log.changed_elsewhere()

    with SQLiteLog(log.path) as other:
        with held_by_another_process(log.path):
            refused = asyncio.create_task(log.append(appending(to("a", 0, b"y", b"y", b"y"))))
            await asyncio.sleep(0.05)
        other.append_sync(appending(to("b", 0, b"z")))
        log.changed_elsewhere()  # may hide in the three that are under way
        with pytest.raises(StreamConflict):
            await refused
        noticed = log.changed_elsewhere()

    assert noticed
    assert not log.changed_elsewhere()


def test_what_is_refused_in_the_end_hides_no_foreign_commit(log: SQLiteLog) -> None:
    """As above, at the moments that are too short to meet: between the file and the answer."""
    own = log._own
    own.sent(5)
    with SQLiteLog(log.path) as other:
        other.append_sync(appending(to("b", 0, b"1", b"2", b"3")))
    assert not log.changed_elsewhere()  # nobody can know
    own.answered(5, 0, 0)

    assert log.changed_elsewhere()
    assert not log.changed_elsewhere()


async def test_what_others_wrote_before_it_started_is_noticed(log: SQLiteLog) -> None:
    with SQLiteLog(log.path) as other:
        other.append_sync(appending(to("b", 0, b"1")))
    async with log.written_by_a_process():
        await log.append(appending(to("a", 0, b"x")))
        assert log.changed_elsewhere()


async def test_the_log_is_out_of_reach_while_it_is_stuck_and_not_while_it_is_replaced(
    log: SQLiteLog, writer: ProcessWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = SQLiteEventLog(log)
    await events.reach()
    assert writer.pid is not None
    os.kill(writer.pid, signal.SIGSTOP)
    with monkeypatch.context() as impatient:
        impatient.setattr(event_log, "PATIENCE_SECONDS", 0.05)
        with pytest.raises(StoreUnavailable):
            await events.reach()

    monkeypatch.setattr(event_log, "PATIENCE_SECONDS", 30)  # on a machine that is busy
    os.kill(killed := writer.pid, signal.SIGKILL)
    await until(lambda: writer.pid != killed)
    await events.reach()
    assert log.head() == 0
