"""An append lands whole or not at all, on the versions it was decided on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mentorbooking.adapters.persistence.requests import (
    Appended,
    ConstraintViolated,
    NewEvent,
    StoredEvent,
    StreamAppend,
    StreamConflict,
)
from mentorbooking.adapters.persistence.sqlite_log.log import SQLiteLog
from tests.support.sqlite_logs import NOON, appending, to


@pytest.fixture
def log(tmp_path: Path) -> Iterator[SQLiteLog]:
    with SQLiteLog(tmp_path / "events.db") as opened:
        yield opened


def test_events_of_several_streams_land_in_one_commit_in_order(log: SQLiteLog) -> None:
    appended = log.append_sync(appending(to("a", 0, b"1", b"2"), to("b", 0, b"3")))

    assert appended == Appended(1, 3)
    assert [(e.position, e.stream, e.version, e.state, e.number) for e in log.read_log(0, 9)] == [
        (1, "a", 1, b"1", 0),
        (2, "a", 2, b"2", 1),
        (3, "b", 1, b"3", 2),
    ]


def test_an_event_is_read_with_what_surrounded_it(log: SQLiteLog) -> None:
    event = NewEvent("booking.created", bytes(range(256)))
    log.append_sync(
        appending(
            StreamAppend("booking_ü", 0, (event,)),
            commit_id="commit_7",
            time_us=NOON + 1,
            metadata=b'{"actor":"user:1"}',
        )
    )

    stored = StoredEvent(
        position=1,
        stream="booking_ü",
        version=1,
        topic="booking.created",
        state=bytes(range(256)),
        commit_id="commit_7",
        time_us=NOON + 1,
        metadata=b'{"actor":"user:1"}',
        number=0,
    )
    assert log.read_stream("booking_ü") == log.read_log(0, 9) == [stored]


def test_one_stream_that_has_moved_keeps_all_of_the_append_out(log: SQLiteLog) -> None:
    log.append_sync(appending(to("b", 0, b"1")))

    with pytest.raises(StreamConflict) as refusal:
        log.append_sync(appending(to("a", 0, b"2"), to("b", 0, b"3"), to("c", 0, b"4")))

    assert (refusal.value.stream, refusal.value.expected, refusal.value.actual) == ("b", 0, 1)
    assert log.head() == 1
    assert log.read_stream("a") == log.read_stream("c") == []


@pytest.mark.parametrize("expected", [0, 1, 3])
def test_a_version_is_neither_behind_nor_ahead(log: SQLiteLog, expected: int) -> None:
    log.append_sync(appending(to("a", 0, b"1", b"2")))

    with pytest.raises(StreamConflict):
        log.append_sync(appending(to("a", expected, b"3")))
    assert log.append_sync(appending(to("a", 2, b"3"))) == Appended(3, 3)


def test_a_stream_that_was_only_read_is_checked_and_stays(log: SQLiteLog) -> None:
    log.append_sync(appending(to("read", 0, b"1")))

    log.append_sync(appending(to("read", 1), to("new", 0), to("a", 0, b"2")))
    with pytest.raises(StreamConflict):
        log.append_sync(appending(to("read", 0), to("a", 1, b"3")))
    with pytest.raises(StreamConflict):
        log.append_sync(appending(to("a", 0), to("b", 0, b"3")))

    assert [event.stream for event in log.read_log(0, 9)] == ["read", "a"]


def test_an_append_without_events_answers_the_newest_position(log: SQLiteLog) -> None:
    assert log.append_sync(appending()) == Appended(0, 0)
    log.append_sync(appending(to("a", 0, b"1", b"2")))
    assert log.append_sync(appending(to("a", 2))) == Appended(2, 2)
    assert log.append_sync(appending(to("b", 0, b"3"))) == Appended(3, 3)


def test_a_stream_may_come_twice_in_one_append(log: SQLiteLog) -> None:
    log.append_sync(appending(to("a", 0, b"1"), to("b", 0, b"2"), to("a", 1, b"3")))

    assert [event.state for event in log.read_stream("a")] == [b"1", b"3"]
    with pytest.raises(StreamConflict):
        log.append_sync(appending(to("a", 2, b"4"), to("a", 2, b"5")))


def test_statements_land_with_the_events_and_tell_what_they_changed(log: SQLiteLog) -> None:
    insert = "INSERT INTO credentials VALUES (?, ?, ?, ?)"
    appended = log.append_sync(
        appending(
            to("user_1", 0, b"1"),
            statements=(
                (insert, ("user_1", "key", "hash", NOON)),
                ("UPDATE credentials SET password_hash = 'other'", ()),
                ("DELETE FROM refresh_tokens", ()),
            ),
        )
    )

    assert appended == Appended(1, 1, (1, 1, 0))
    assert log.query("SELECT user_id, password_hash FROM credentials") == [("user_1", "other")]


def test_a_violated_constraint_keeps_events_and_other_statements_out(log: SQLiteLog) -> None:
    insert = "INSERT INTO credentials VALUES (?, ?, ?, ?)"
    log.write_sync((insert, ("user_1", "key", "hash", NOON)))

    with pytest.raises(ConstraintViolated):
        log.append_sync(
            appending(
                to("user_2", 0, b"1"),
                statements=(
                    ("UPDATE credentials SET password_hash = 'other'", ()),
                    (insert, ("user_2", "key", "hash", NOON)),
                ),
            )
        )

    assert log.head() == 0
    assert log.query("SELECT user_id, password_hash FROM credentials") == [("user_1", "hash")]


def test_a_refused_append_runs_none_of_its_statements(log: SQLiteLog) -> None:
    log.append_sync(appending(to("a", 0, b"1")))

    with pytest.raises(StreamConflict):
        log.append_sync(
            appending(
                to("a", 0, b"2"),
                statements=(("INSERT INTO tracking VALUES ('x', 1)", ()),),
            )
        )

    assert log.query("SELECT * FROM tracking") == []


def test_what_the_log_holds_can_be_neither_changed_nor_deleted(log: SQLiteLog) -> None:
    log.append_sync(appending(to("a", 0, b"1")))

    for statement in (
        "UPDATE events SET state = x'00'",
        "DELETE FROM events",
        "UPDATE commits SET time_us = 0",
        "DELETE FROM commits",
    ):
        with pytest.raises(ConstraintViolated):
            log.write_sync((statement, ()))


def test_an_append_of_thousands_of_events_lands_whole(log: SQLiteLog) -> None:
    states = [str(number).encode() for number in range(5000)]
    streams = [to(f"s{number}", 0, b"x") for number in range(1500)]

    log.append_sync(appending(*streams, to("long", 0, *states)))

    assert log.head() == 6500
    assert [event.state for event in log.read_stream("long")] == states
    assert [event.position for event in log.read_log(0, 9000)] == list(range(1, 6501))


@pytest.mark.anyio
async def test_both_fronts_write_the_same_log(log: SQLiteLog) -> None:
    assert await log.append(appending(to("a", 0, b"1"))) == Appended(1, 1)
    assert log.append_sync(appending(to("a", 1, b"2"))) == Appended(2, 2)
    with pytest.raises(StreamConflict):
        await log.append(appending(to("a", 1, b"3")))
    assert await log.write(("INSERT INTO tracking VALUES ('x', 1)", ())) == (1,)
    assert log.write_sync(("UPDATE tracking SET position = 2", ())) == (1,)


def test_a_tracked_position_only_advances(log: SQLiteLog) -> None:
    log.write_sync(("INSERT INTO tracking VALUES ('x', 5)", ()))

    for position in (4, 5):
        with pytest.raises(ConstraintViolated):
            log.write_sync(("UPDATE tracking SET position = ?", (position,)))
    assert log.query("SELECT position FROM tracking") == [(5,)]


def test_everything_is_there_when_the_file_is_opened_again(tmp_path: Path) -> None:
    path = tmp_path / "again.db"
    with SQLiteLog(path) as first:
        first.append_sync(appending(to("a", 0, b"1")))
        store_id, address_key = first.meta("store_id"), first.meta("address_key")
        checkpoint = first.checkpoint()
    with SQLiteLog(path) as second:
        assert (second.meta("store_id"), second.meta("address_key")) == (store_id, address_key)
        assert second.checkpoint() == checkpoint
        assert second.append_sync(appending(to("a", 1, b"2"))) == Appended(2, 2)
    assert len(address_key) == 32
