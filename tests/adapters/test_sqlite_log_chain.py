"""Nobody edits history unnoticed: the hash chain finds the first break."""

from __future__ import annotations

import contextlib
import random
import shutil
import sqlite3
import struct
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentorbooking.adapters.persistence.chain import (
    GENESIS,
    Break,
    ChainedCommit,
    ChainedEvent,
    Checkpoint,
    Verification,
    chain_hash,
    content_bytes,
    verify_chain,
)
from mentorbooking.adapters.persistence.sqlite_log.log import SQLiteLog
from mentorbooking.adapters.persistence.sqlite_log.verification import verify
from tests.support.effort import seeds
from tests.support.sqlite_logs import NOON, appending, edited, to

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
numbers = st.integers(-(1 << 63), (1 << 63) - 1)
contents = st.tuples(
    texts,
    numbers,
    st.binary(max_size=6),
    st.lists(st.tuples(texts, numbers, texts, st.binary(max_size=6)), max_size=3),
)


@given(contents, contents)
def test_no_two_contents_have_the_same_bytes(one: tuple, other: tuple) -> None:  # type: ignore[type-arg] # generated
    assert (content_bytes(*one) == content_bytes(*other)) == (one == other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("ab", 0, b"c", []), ("a", 0, b"bc", [])),
        (("", 0, b"", [("ab", 1, "c", b"d")]), ("", 0, b"", [("a", 1, "bc", b"d")])),
        (("", 0, b"", [("a", 1, "b", b"cd")]), ("", 0, b"", [("a", 1, "bc", b"d")])),
        (("", 0, b"", [("", 1, "", b"")]), ("", 0, b"", [("", 1, "", b""), ("", 1, "", b"")])),
    ],
)
def test_letters_that_move_to_the_next_field_change_the_bytes(one: tuple, other: tuple) -> None:  # type: ignore[type-arg] # as above
    assert content_bytes(*one) != content_bytes(*other)


def test_the_bytes_are_those_that_the_format_says() -> None:
    content = content_bytes("c1", 5, b"{}", [("a", 2, "b.made", b"xyz")])

    assert content == (
        struct.pack(">qIII", 5, 2, 2, 1)
        + b"c1{}"
        + struct.pack(">IqII", 1, 2, 6, 3)
        + b"ab.madexyz"
    )
    assert chain_hash(GENESIS, 0, 1, content) == (
        sha256(bytes(32) + struct.pack(">QQ", 0, 1) + content).digest()
    )
    # As stored by every release: a change here would make every old log look edited.
    assert chain_hash(GENESIS, 0, 1, content).hex() == (
        "0c7a4f8db83d20c609e531d4c8635cae1671020f53fe928107821be1a6de6753"
    )


def test_lanes_and_places_are_sealed_too() -> None:
    hashes = {
        chain_hash(previous, lane, first, b"content")
        for previous in (GENESIS, b"\x01" * 32)
        for lane in (0, 1)
        for first in (1, 2)
    }
    assert len(hashes) == 8


def chained(*sizes: int) -> list[ChainedCommit]:
    """A whole chain of commits with so many events each."""
    commits, previous, first = [], GENESIS, 1
    for size in sizes:
        events = [ChainedEvent(f"s{first}", n + 1, "t", b"x") for n in range(size)]
        sealed = chain_hash(previous, 0, first, content_bytes("c", NOON, b"", events))
        held = list(enumerate(events, first))
        commits.append(ChainedCommit(first, size, "c", NOON, b"", sealed, held))
        previous, first = sealed, first + size
    return commits


def test_a_whole_chain_is_told_with_its_end() -> None:
    commits, told = chained(1, 3, 2), list[int]()

    walked = verify_chain(commits, progress=told.append)

    assert walked == Verification(3, Checkpoint(6, commits[-1].hash), None)
    assert told == [1, 4, 6]
    assert verify_chain([]) == Verification(0, Checkpoint(0, GENESIS), None)


@pytest.mark.parametrize(
    ("index", "changes", "found"),
    [
        (1, {"first": 3}, Break(2, "a commit is missing")),
        (1, {"size": 0}, Break(2, "a commit has no events")),
        (1, {"size": 4}, Break(5, "an event is missing")),
        (1, {"size": 2}, Break(4, "an event belongs to no commit")),
        (1, {"commit_id": "d"}, Break(2, "the commit was changed")),
        (1, {"time_us": NOON + 1}, Break(2, "the commit was changed")),
        (1, {"metadata": b"{}"}, Break(2, "the commit was changed")),
        (1, {"hash": bytes(32)}, Break(2, "the commit was changed")),
        (1, {"commit_id": 7}, Break(2, "a value is not of its type")),
        (1, {"time_us": 1 << 70}, Break(2, "a value is not of its type")),
    ],
)
def test_the_first_break_is_told(index: int, changes: dict[str, object], found: Break) -> None:
    commits = chained(1, 3, 2)
    commits[index] = commits[index]._replace(**changes)  # type: ignore[arg-type] # wrong on purpose

    walked = verify_chain(commits)

    assert walked.broken == found
    assert walked.commits == 1
    assert walked.whole_until == Checkpoint(1, commits[0].hash)


def test_a_checkpoint_shows_what_the_chain_alone_can_not() -> None:
    commits = chained(1, 3, 2)
    checkpoint = Checkpoint(4, commits[1].hash)
    anew = chained(1, 2, 3)

    def broken(held: Sequence[ChainedCommit]) -> Break | None:
        return verify_chain(held, checkpoint=checkpoint).broken

    assert broken(commits) is broken(commits[:2]) is None
    assert verify_chain(commits[:1]).broken is None
    assert broken(commits[:1]) == Break(2, "the log ends here, and a checkpoint stands at 4")
    assert broken([]) == Break(1, "the log ends here, and a checkpoint stands at 4")
    assert verify_chain(anew).broken is None
    assert broken(anew) == Break(4, "the commit is not the one that the checkpoint saw")


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log of 40 commits with 1 to 4 events each, and no write-ahead log beside it."""
    path = tmp_path_factory.mktemp("original") / "events.db"
    chance = random.Random(3)
    with SQLiteLog(path) as log:
        versions = dict.fromkeys("abcdef", 0)
        for number in range(40):
            streams = []
            for stream in chance.sample("abcdef", chance.randint(1, 2)):
                states = [chance.randbytes(8) for _ in range(chance.randint(1, 2))]
                streams.append(to(stream, versions[stream], *states))
                versions[stream] += len(states)
            log.append_sync(
                appending(*streams, commit_id=f"commit_{number}", time_us=NOON + number)
            )
    return path


def test_a_log_that_nobody_touched_is_whole(original: Path) -> None:
    told: list[int] = []
    with SQLiteLog(original) as log:
        walked = verify(log, log.checkpoint(), told.append)
        assert walked.broken is None
        assert walked.whole_until == log.checkpoint()
        assert told[-1] == log.head()
    assert walked.commits == len(told) == 40


def random_edit(chance: random.Random, db: sqlite3.Connection) -> list[str]:
    """One way to falsify what is stored, as SQL."""
    (head,) = db.execute("SELECT max(position) FROM events").fetchone()
    event, other_event = chance.sample(range(1, head + 1), 2)
    starts = [position for (position,) in db.execute("SELECT position FROM commits")]
    commit, other_commit = chance.sample(starts, 2)
    return chance.choice(
        [
            [f"UPDATE events SET state = x'{chance.randbytes(8).hex()}' WHERE position = {event}"],
            [f"UPDATE events SET topic = topic || 'x' WHERE position = {event}"],
            [f"UPDATE events SET stream = 'z' WHERE position = {event}"],
            [f"UPDATE events SET version = version + 1000 WHERE position = {event}"],
            [f"UPDATE events SET position = {head + 5} WHERE position = {event}"],
            [f"DELETE FROM events WHERE position = {event}"],
            [f"DELETE FROM events WHERE position > {head - 1}"],
            [f"INSERT INTO events VALUES ({head + 1}, 'z', 1, 't', x'00')"],
            [f"INSERT INTO commits VALUES ({head + 1}, 1, 'c', 0, x'', zeroblob(32))"],
            [f"DELETE FROM commits WHERE position = {commit}"],
            [f"DELETE FROM commits WHERE position >= {commit}"],
            [f"UPDATE commits SET count = count + 1 WHERE position = {commit}"],
            [f"UPDATE commits SET count = 0 WHERE position = {commit}"],
            [f"UPDATE commits SET count = {1 << 62} WHERE position = {commit}"],
            [f"UPDATE commits SET time_us = time_us + 1 WHERE position = {commit}"],
            [f"UPDATE commits SET commit_id = 'c' WHERE position = {commit}"],
            [f"UPDATE commits SET metadata = x'7b7d' WHERE position = {commit}"],
            [f"UPDATE commits SET hash = randomblob(32) WHERE position = {commit}"],
            swapped("events", event, other_event),
            swapped("commits", commit, other_commit),
        ]
    )


def swapped(table: str, one: int, other: int) -> list[str]:
    move = f"UPDATE {table} SET position = {{}} WHERE position = {{}}"
    return [move.format(-1, one), move.format(one, other), move.format(other, -1)]


def test_every_edit_of_the_tables_is_found(original: Path, tmp_path: Path) -> None:
    with contextlib.closing(sqlite3.connect(original)) as db:
        edits = [random_edit(random.Random(seed), db) for seed in seeds(150)]
    for number, statements in enumerate(edits):
        path = Path(shutil.copy(original, tmp_path / f"{number}.db"))
        edited(path, *statements)
        with SQLiteLog(path) as log:
            assert verify(log).broken is not None, statements
        path.unlink()


def test_every_byte_of_an_event_that_was_edited_in_the_file_is_found(
    original: Path, tmp_path: Path
) -> None:
    with SQLiteLog(original) as log:
        events = log.read_log(0, 1000)
    content = original.read_bytes()
    for event in random.Random(5).sample(events, 40):
        assert content.count(event.state) == 1
        bent = bytearray(content)
        bent[content.index(event.state) + 3] ^= 0x10
        path = tmp_path / f"{event.position}.db"
        path.write_bytes(bent)
        with SQLiteLog(path) as log:
            assert verify(log).broken == Break(
                event.position - event.number, "the commit was changed"
            )


def test_pages_that_are_overwritten_are_told_as_unreadable(original: Path, tmp_path: Path) -> None:
    bent = bytearray(original.read_bytes())
    with contextlib.closing(sqlite3.connect(original)) as db:
        (root,) = db.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'events'").fetchone()
    bent[(root - 1) * 4096 : root * 4096] = b"\xff" * 4096
    path = tmp_path / "torn.db"
    path.write_bytes(bent)

    with SQLiteLog(path) as log:
        broken = verify(log).broken

    assert broken is not None
    assert (broken.position, "can't be read" in broken.what) == (1, True)


def test_an_event_that_is_hidden_from_its_stream_is_found(tmp_path: Path) -> None:
    path = tmp_path / "hidden.db"
    with SQLiteLog(path) as log:
        log.append_sync(appending(to("needle", 0, b"1"), to("others", 0, b"2")))
    with contextlib.closing(sqlite3.connect(path)) as db:
        (root,) = db.execute(
            "SELECT rootpage FROM sqlite_schema WHERE name = 'sqlite_autoindex_events_1'"
        ).fetchone()
    bent = bytearray(path.read_bytes())
    place = bent.index(b"needle", (root - 1) * 4096, root * 4096)
    bent[place : place + 6] = b"noodle"
    path.write_bytes(bent)

    with SQLiteLog(path) as log:
        assert log.read_stream("needle") == []
        walked = verify(log)
    assert walked.whole_until.position == 2
    assert walked.broken is not None
    assert (walked.broken.position, "index" in walked.broken.what) == (0, True)


def test_a_log_that_was_cut_off_is_found_by_a_checkpoint(original: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(original, tmp_path / "cut.db"))
    with SQLiteLog(path) as log:
        checkpoint = log.checkpoint()
        last = log.query("SELECT max(position) FROM commits")[0][0]
    edited(
        path,
        f"DELETE FROM events WHERE position >= {last}",
        f"DELETE FROM commits WHERE position >= {last}",
    )

    with SQLiteLog(path) as log:
        assert verify(log).broken is None
        broken = verify(log, checkpoint).broken
    assert broken is not None
    assert broken.position == last


def test_a_log_can_be_verified_while_it_is_written(tmp_path: Path) -> None:
    with SQLiteLog(tmp_path / "busy.db") as log, ThreadPoolExecutor(1) as threads:

        def write() -> None:
            for number in range(300):
                log.append_sync(appending(to(f"s{number}", 0, b"1", b"2")))

        writing = threads.submit(write)
        while not writing.done():
            assert verify(log).broken is None
        assert verify(log).commits == 300
