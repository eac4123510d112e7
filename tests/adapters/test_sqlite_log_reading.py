"""Reading the log: by stream, by position, and by what changed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mentorbooking.adapters.persistence.requests import (
    Committed,
    GapInLog,
    NewEvent,
    Snapshot,
    StreamAppend,
    StreamEvent,
)
from mentorbooking.adapters.persistence.sqlite_log.log import SQLiteLog
from tests.support.sqlite_logs import appending, edited, to


@pytest.fixture
def log(tmp_path: Path) -> Iterator[SQLiteLog]:
    with SQLiteLog(tmp_path / "events.db") as opened:
        yield opened


@pytest.fixture
def other(log: SQLiteLog) -> Iterator[SQLiteLog]:
    """The same file, as another process opens it."""
    with SQLiteLog(log.path) as opened:
        yield opened


def positions(log: SQLiteLog, *arguments: int, **named: object) -> list[int]:
    return [event.position for event in log.read_log(*arguments, **named)]  # type: ignore[arg-type] # tests name them


def test_the_log_is_read_in_pages(log: SQLiteLog) -> None:
    for number in range(4):
        log.append_sync(appending(to(f"s{number}", 0, b"1", b"2", b"3")))

    assert positions(log, 0, 5) == [1, 2, 3, 4, 5]
    assert positions(log, 5, 100) == [6, 7, 8, 9, 10, 11, 12]
    assert positions(log, 5, 100, upto=7) == [6, 7]
    assert positions(log, 12, 100) == []
    assert [event.number for event in log.read_log(4, 3)] == [1, 2, 0]


def test_the_log_is_read_by_topic(log: SQLiteLog) -> None:
    kinds = ("a.made", "b.made", "a.lost", "a.made")
    log.append_sync(
        appending(StreamAppend("s", 0, tuple(NewEvent(topic, b"x") for topic in kinds)))
    )

    assert positions(log, 0, 9, topics=["a.made"]) == [1, 4]
    assert positions(log, 1, 9, topics={"a.made", "b.made"}) == [2, 4]
    assert positions(log, 0, 9, topics=["a.made"], upto=3) == [1]
    assert positions(log, 0, 9, topics=[]) == []


def test_a_stream_is_read_behind_a_version(log: SQLiteLog) -> None:
    log.append_sync(appending(to("a", 0, b"1", b"2", b"3"), to("b", 0, b"4")))

    assert [event.state for event in log.read_stream("a", 1)] == [b"2", b"3"]
    assert log.read_stream("a", 3) == log.read_stream("nobody") == []


def test_what_states_are_replayed_from_is_the_same_stream(log: SQLiteLog) -> None:
    log.append_sync(appending(to("b", 0, b"0"), to("a", 0, b"1", b"2"), to("b", 1, b"3")))
    log.append_sync(appending(to("a", 2, b"4")))

    for after in range(4):
        assert log.replay("a", after) == [
            StreamEvent(event.position, event.version, event.topic, event.state)
            for event in log.read_stream("a", after)
        ]


def test_who_follows_the_log_stops_before_a_missing_position(log: SQLiteLog) -> None:
    for number in range(4):
        log.append_sync(appending(to(f"s{number}", 0, b"1", b"2")))
    edited(log.path, "DELETE FROM events WHERE position = 5")

    assert positions(log, 0, 99) == [1, 2, 3, 4]
    assert positions(log, 4, 99) == []
    assert positions(log, 5, 99) == [6, 7, 8]
    assert log.head() == 8


def test_who_follows_the_log_stops_before_a_missing_commit(log: SQLiteLog) -> None:
    for number in range(3):
        log.append_sync(appending(to(f"s{number}", 0, b"1")))
    edited(log.path, "DELETE FROM events WHERE position = 1")

    assert positions(log, 0, 99) == []


@pytest.mark.parametrize("missing", [1, 2])
def test_a_stream_that_lacks_a_version_is_not_read(log: SQLiteLog, missing: int) -> None:
    log.append_sync(appending(to("a", 0, b"1", b"2", b"3")))
    edited(log.path, f"DELETE FROM events WHERE version = {missing}")

    with pytest.raises(GapInLog):
        log.read_stream("a")
    with pytest.raises(GapInLog):
        log.replay("a")
    assert [event.version for event in log.read_stream("a", 2)] == [3]


def test_a_snapshot_is_kept_until_a_newer_one_or_another_shape_comes(log: SQLiteLog) -> None:
    assert log.snapshot("a") is None
    for version, schema, state, kept in (
        (10, 1, b"ten", Snapshot("a", 10, 1, b"ten")),
        (9, 1, b"nine", Snapshot("a", 10, 1, b"ten")),
        (20, 1, b"twenty", Snapshot("a", 20, 1, b"twenty")),
        (15, 2, b"new", Snapshot("a", 15, 2, b"new")),
    ):
        log.put_snapshot("a", version, schema, state)
        log.write_sync()
        assert log.snapshot("a") == kept


def test_only_commits_of_others_count_as_changed_elsewhere(
    log: SQLiteLog, other: SQLiteLog
) -> None:
    assert not log.changed_elsewhere()
    log.append_sync(appending(to("a", 0, b"1")))
    assert not log.changed_elsewhere()

    other.append_sync(appending(to("b", 0, b"1")))
    assert log.changed_elsewhere()
    assert not log.changed_elsewhere()

    other.write_sync(("INSERT INTO tracking VALUES ('x', 1)", ()))
    assert not log.changed_elsewhere()


def test_a_foreign_commit_behind_our_own_is_noticed(log: SQLiteLog, other: SQLiteLog) -> None:
    log.append_sync(appending(to("a", 0, b"1")))
    other.append_sync(appending(to("b", 0, b"1")))
    log.append_sync(appending(to("a", 1, b"2")))

    assert log.changed_elsewhere()
    assert not log.changed_elsewhere()


def test_our_own_commits_never_look_foreign_however_busy(log: SQLiteLog) -> None:
    done = threading.Event()
    alarms = 0

    def write(thread: int) -> None:
        for turn in range(100):
            log.append_sync(appending(to(f"{thread}/{turn}", 0, b"x")))

    def look() -> int:
        return sum(log.changed_elsewhere() for _ in iter(done.is_set, True))

    with ThreadPoolExecutor(5) as threads:
        looking = threads.submit(look)
        for writing in [threads.submit(write, thread) for thread in range(4)]:
            writing.result()
        done.set()
        alarms = looking.result()
    assert alarms == 0


def test_hooks_hear_of_our_own_commits_with_the_events(log: SQLiteLog) -> None:
    news: list[Committed] = []
    stop_hearing = log.on_commit(news.append)
    log.append_sync(appending(to("a", 0, b"1", b"2")))
    log.append_sync(appending(to("a", 2)))
    log.append_sync(appending(to("b", 0, b"3")))
    log.write_sync()
    stop_hearing()
    log.append_sync(appending(to("c", 0, b"4")))
    stored = log.read_log(0, 9)
    log.close()

    assert news == [Committed(2, stored[:2]), Committed(3, stored[2:3])]


def test_hooks_hear_of_other_processes_commits(log: SQLiteLog, other: SQLiteLog) -> None:
    heard = threading.Event()
    news: list[Committed] = []

    def hook(told: Committed) -> None:
        news.append(told)
        heard.set()

    log.on_commit(hook)
    other.append_sync(appending(to("a", 0, b"1", b"2")))

    assert heard.wait(5)
    assert news[0] == Committed(2, ())


def test_a_hook_that_fails_keeps_the_news_from_nobody(
    log: SQLiteLog, caplog: pytest.LogCaptureFixture
) -> None:
    def failing(news: Committed) -> None:
        raise ValueError("out of order")

    news: list[Committed] = []
    log.on_commit(failing)
    log.on_commit(news.append)
    log.append_sync(appending(to("a", 0, b"1")))
    log.append_sync(appending(to("a", 1, b"1")))
    log.close()

    assert [each.head for each in news] == [1, 2]
    assert "commit_hook_failed" in caplog.text


def test_many_threads_read_while_others_write(log: SQLiteLog) -> None:
    def write(thread: int) -> None:
        for turn in range(25):
            log.append_sync(appending(to(f"{thread}", turn, b"x")))

    def read() -> None:
        while (head := log.head()) < 100:
            assert [e.position for e in log.read_log(0, 1000, upto=head)] == [*range(1, head + 1)]

    with ThreadPoolExecutor(8) as threads:
        tasks = [threads.submit(write, thread) for thread in range(4)]
        tasks += [threads.submit(read) for _ in range(4)]
        for task in tasks:
            task.result()
