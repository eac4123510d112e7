"""What the service and its writing process say to each other arrives as it was meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from mentorbooking.adapters.persistence.requests import (
    Appended,
    ConstraintViolated,
    IdempotencyKeyTaken,
    LogUnavailable,
    StreamConflict,
)
from mentorbooking.adapters.persistence.sqlite_log.connections import file_number
from mentorbooking.adapters.persistence.sqlite_log.frames import (
    Frames,
    Landed,
    Report,
    decode_group,
    decode_report,
    encode_append,
    group_frame,
    outcome_of,
    report_frame,
    told,
)
from mentorbooking.adapters.persistence.sqlite_log.log import SQLiteLog
from mentorbooking.adapters.persistence.sqlite_log.writing_process import GroupWriter
from tests.support.sqlite_logs import answered, appending, to


@pytest.mark.parametrize(
    "outcome",
    [
        StreamConflict("s", 1, 2),
        IdempotencyKeyTaken(answered("k", position=7)),
        ConstraintViolated("why"),
        LogUnavailable("why"),
        ValueError("why"),
    ],
    ids=lambda outcome: type(outcome).__name__,
)
def test_a_refusal_arrives_as_it_was_meant(outcome: Exception) -> None:
    report = Report([told(outcome), told(Appended(1, 2, (3,)))], 2, 1)

    arrived = decode_report(report_frame(report)[4:])

    refusal, landed = (outcome_of(each) for each in arrived.outcomes)
    assert type(refusal) is type(outcome)
    assert (str(refusal), vars(refusal)) == (str(outcome), vars(outcome))
    assert landed == Appended(1, 2, (3,))
    assert (arrived.head, arrived.surprises) == (2, 1)


@pytest.mark.parametrize("piece", [1, 3, 4, 5, 1000])
def test_frames_are_found_however_their_bytes_arrive(piece: int) -> None:
    sent = [report_frame(Report([], head, 0)) for head in (1, 300, 70_000)]
    stream = b"".join(sent)
    frames = Frames()

    found = [
        decode_report(frame).head
        for start in range(0, len(stream), piece)
        for frame in frames.take(stream[start : start + piece])
    ]

    assert found == [1, 300, 70_000]


def test_a_file_that_can_not_be_opened_is_tried_again(tmp_path: Path) -> None:
    folder, away = tmp_path / "folder", tmp_path / "away"
    folder.mkdir()
    SQLiteLog(folder / "events.db").close()
    writer = GroupWriter(folder / "events.db", file_number(folder / "events.db"), 1.0, 0)
    appends = [encode_append(appending(to(stream, 0, b"x"))) for stream in ("a", "b")]
    group = decode_group(group_frame(appends)[4:])

    folder.rename(away)
    (refusal,) = writer.write(group)
    away.rename(folder)
    (landed,) = writer.write(group)
    writer.close()

    assert [type(outcome_of(each)) for each in refusal.outcomes] == [LogUnavailable] * 2
    assert landed == Report([Landed(1, 1, ()), Landed(2, 2, ())], 2, 0)
