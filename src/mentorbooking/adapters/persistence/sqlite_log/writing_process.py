"""The process that writes the log for a service: group after group, as they come in by its pipe.

    python -m mentorbooking.adapters.persistence.sqlite_log.writing_process FILE TIMEOUT HEAD

It shares no interpreter lock with those who decide, so that both can work at the same time, and
it imports next to nothing. It ends with its standard input, that is with the service, however
that ends, after what it has received is written.
"""

from __future__ import annotations

import gc
import os
import signal
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from mentorbooking.adapters.persistence.requests import LogUnavailable
from mentorbooking.adapters.persistence.sqlite_log.connections import open_for_writing
from mentorbooking.adapters.persistence.sqlite_log.folding import Folding
from mentorbooking.adapters.persistence.sqlite_log.foreign_commits import OwnHead
from mentorbooking.adapters.persistence.sqlite_log.frames import (
    Frames,
    Report,
    decode_append,
    decode_group,
    report_frame,
    told,
)
from mentorbooking.adapters.persistence.sqlite_log.group_commit import committed
from mentorbooking.adapters.persistence.sqlite_log.prepared import Prepared
from mentorbooking.adapters.persistence.sqlite_log.transaction import Outcome

_READ_AT_ONCE = 1 << 20


class GroupWriter:
    """Writes groups; opens the file when the first one comes, and again after it failed."""

    def __init__(self, path: Path, busy_timeout: float, head: int) -> None:
        self._path, self._busy_timeout = path, busy_timeout
        self._own = OwnHead(head)
        self._told_surprises = 0
        self._opened: tuple[sqlite3.Connection, Folding] | None = None

    def write(self, group: Sequence[msgspec.Raw]) -> Iterator[Report]:
        """Write encoded appends and report; one that can't be read gets in nobody's way."""
        try:
            connection, _ = self._open()
        except LogUnavailable as unavailable:
            yield self._report([unavailable] * len(group))
            return
        try:
            prepared = [Prepared(decode_append(each)) for each in group]
        except Exception as error:  # noqa: BLE001  whatever it is, somebody waits for an answer
            if len(group) > 1:
                for each in group:
                    yield from self.write([each])
            else:
                yield self._report([error])
            return
        for outcomes in committed(connection, self._own, prepared):
            yield self._report(outcomes)

    def tidy_up(self) -> None:
        """Do what nobody should have to wait for, once the reports are out."""
        if self._opened is not None:
            self._opened[1].fold_if_due()

    def close(self) -> None:
        if self._opened is not None:
            self._opened[0].close()

    def _open(self) -> tuple[sqlite3.Connection, Folding]:
        if self._opened is None:
            connection = open_for_writing(self._path, self._busy_timeout)
            self._opened = connection, Folding(connection)
        return self._opened

    def _report(self, outcomes: Sequence[Outcome]) -> Report:
        surprises, self._told_surprises = (
            self._own.surprises - self._told_surprises,
            self._own.surprises,
        )
        return Report([told(outcome) for outcome in outcomes], self._own.position, surprises)


def main(path: Path, busy_timeout: float, head: int) -> None:
    """Write what comes in until nothing more can come."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # they are for the service, which then stops us
    gc.freeze()
    frames, writer = Frames(), GroupWriter(path, busy_timeout, head)
    try:
        while received := os.read(0, _READ_AT_ONCE):
            for frame in frames.take(received):
                for report in writer.write(decode_group(frame)):
                    sys.stdout.buffer.write(report_frame(report))
                sys.stdout.buffer.flush()
                writer.tidy_up()
    finally:
        writer.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]))
