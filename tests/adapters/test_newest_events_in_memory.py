"""The newest events are read from memory, and only where nothing of what was asked is missing."""

from __future__ import annotations

from pathlib import Path

from mentorbooking.adapters.persistence.requests import (
    Append,
    NewEvent,
    StoredEvent,
    StreamAppend,
)
from mentorbooking.adapters.persistence.sqlite_log import reading
from mentorbooking.adapters.persistence.sqlite_log.log import SQLiteLog
from mentorbooking.adapters.persistence.sqlite_log.recent_events import RecentEvents


def event(position: int) -> StoredEvent:
    return StoredEvent(position, "s", position, "t.happened", b"{}", f"c{position}", 1, b"{}", 0)


def positions(found: list[StoredEvent] | None) -> list[int] | None:
    return None if found is None else [each.position for each in found]


def test_what_is_there_is_told_in_order() -> None:
    recent = RecentEvents()
    recent.add(map(event, (3, 4, 5)))
    assert positions(recent.read(2, 3)) == [3, 4, 5]
    assert positions(recent.read(3, 1)) == [4]


def test_what_is_not_all_there_is_left_to_the_file() -> None:
    recent = RecentEvents()
    assert recent.read(0, 1) is None
    recent.add(map(event, (3, 4)))
    assert recent.read(1, 2) is None
    assert recent.read(3, 2) is None
    assert recent.read(4, 1) is None


def test_behind_a_hole_it_begins_anew() -> None:
    """Somebody else has written what is missing."""
    recent = RecentEvents()
    recent.add(map(event, (1, 2)))
    recent.add([event(4)])
    assert recent.read(0, 2) is None
    assert recent.read(1, 3) is None
    assert positions(recent.read(3, 1)) == [4]


def test_only_so_many_are_kept() -> None:
    recent = RecentEvents(capacity=3)
    for position in range(1, 8):
        recent.add([event(position)])
    assert recent.read(3, 4) is None
    assert positions(recent.read(4, 3)) == [5, 6, 7]


def test_the_log_answers_from_memory_as_from_the_file(tmp_path: Path) -> None:
    with SQLiteLog(tmp_path / "events.db") as log, SQLiteLog(tmp_path / "events.db") as other:
        for number in range(6):
            writer = other if number == 3 else log  # a hole in what the first one has written
            streams = (StreamAppend("s", number, (NewEvent("t.happened", b"%d" % number),)),)
            writer.append_sync(
                Append(commit_id=f"c{number}", time_us=number, metadata=b"{}", streams=streams)
            )
        log.append_sync(Append(commit_id="", time_us=0, metadata=b"", streams=()))
        for after in range(7):
            for limit in range(1, 8):
                for upto in (None, *range(7)):
                    asked = (after, limit, None, upto)
                    assert log.read_log(*asked) == reading.read_log(other._readers, *asked), asked
