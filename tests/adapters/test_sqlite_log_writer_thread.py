"""The thread that writes where no process of its own does: many threads and loops may use it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mentorbooking.adapters.persistence.requests import (
    Appended,
    Committed,
    ConstraintViolated,
    LogUnavailable,
    StreamConflict,
)
from mentorbooking.adapters.persistence.sqlite_log.log import SQLiteLog
from tests.support.patience import PATIENCE
from tests.support.sqlite_logs import appending, held_by_another_process, to, together

pytestmark = pytest.mark.anyio

ROLLING_ALL_BACK = "INSERT OR ROLLBACK INTO meta VALUES ('schema_version', 1)"


@pytest.fixture
def log(tmp_path: Path) -> Iterator[SQLiteLog]:
    with SQLiteLog(tmp_path / "events.db") as opened:
        yield opened


def test_of_50_threads_on_one_version_exactly_one_wins(log: SQLiteLog) -> None:
    barrier = threading.Barrier(50)

    def race(number: int) -> bool:
        barrier.wait()
        try:
            log.append_sync(appending(to("slot", 0, b"%d" % number)))
        except StreamConflict:
            return False
        return True

    with ThreadPoolExecutor(50) as threads:
        assert sum(threads.map(race, range(50))) == 1


async def test_a_group_is_one_commit_and_one_piece_of_news(log: SQLiteLog) -> None:
    news: list[Committed] = []
    log.on_commit(news.append)

    await together(log, *(appending(to(f"s{n}", 0, b"x", b"y")) for n in range(30)))
    stored = log.read_log(0, 99)
    log.close()

    assert news == [Committed(60, stored)]


async def test_closing_writes_what_is_queued_and_takes_no_more(tmp_path: Path) -> None:
    log = SQLiteLog(tmp_path / "closing.db")
    tasks = [asyncio.ensure_future(log.append(appending(to(f"s{n}", 0, b"x")))) for n in range(300)]
    await asyncio.sleep(0)
    log.close()

    outcomes = await asyncio.gather(*tasks)
    assert {position for outcome in outcomes for position in (outcome.last,)} == set(range(1, 301))
    with pytest.raises(LogUnavailable):
        await log.append(appending(to("late", 0, b"x")))
    with pytest.raises(LogUnavailable):
        log.head()
    log.put_snapshot("s1", 1, 1, b"a lost snapshot does no harm")
    log.close()


def test_the_answers_for_a_loop_that_has_ended_are_dropped(log: SQLiteLog) -> None:
    async def leave() -> None:
        task = asyncio.ensure_future(log.append(appending(to("a", 0, b"x"))))
        await asyncio.sleep(0.02)
        task.cancel()

    with held_by_another_process(log.path):
        asyncio.run(leave())
    assert log.append_sync(appending(to("b", 0, b"x"))) == Appended(2, 2)


def test_tasks_of_several_loops_may_wait_for_one_writer(log: SQLiteLog) -> None:
    async def write(thread: int) -> list[Appended]:
        return [await log.append(appending(to(f"{thread}/{turn}", 0, b"x"))) for turn in range(20)]

    with ThreadPoolExecutor(4) as threads:
        answers = threads.map(lambda thread: asyncio.run(write(thread)), range(4))
        assert {each.last for answer in answers for each in answer} == set(range(1, 81))


def test_a_hook_can_not_wait_for_its_own_thread(log: SQLiteLog) -> None:
    caught: list[BaseException] = []
    heard = threading.Event()

    def hook(news: Committed) -> None:
        try:
            log.append_sync(appending(to("hook", 0, b"x")))
        except RuntimeError as error:
            caught.append(error)
        heard.set()

    log.on_commit(hook)
    log.append_sync(appending(to("a", 0, b"x")))

    assert heard.wait(PATIENCE)
    assert len(caught) == 1


def test_a_statement_that_fails_in_a_group_of_one_is_told_as_it_is(log: SQLiteLog) -> None:
    with pytest.raises(ConstraintViolated):
        log.write_sync((ROLLING_ALL_BACK, ()))
    assert log.append_sync(appending(to("a", 0, b"x"))) == Appended(1, 1)
