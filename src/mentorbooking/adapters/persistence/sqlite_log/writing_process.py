"""The process that writes the log for a service: group after group, as they come in by its pipe.

    python -m mentorbooking.adapters.persistence.sqlite_log.writing_process FILE NUMBER TIMEOUT HEAD

It shares no interpreter lock with those who decide, so that both can work at the same time, and
it imports next to nothing. It ends with its standard input, that is with the service, however
that ends. Closed in order, that comes behind all that was sent.
"""

from __future__ import annotations

import gc
import os
import signal
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path

import msgspec

from mentorbooking.adapters.persistence.requests import LogUnavailable
from mentorbooking.adapters.persistence.sqlite_log.connections import file_number, open_for_writing
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
    """Writes groups; opens the file when the first one comes, and again after it failed.

    The file is the one of that ``number``, which the service reads. What were written to one that
    was moved, removed or put in its place would be told as durable and found by nobody.
    """

    def __init__(self, path: Path, number: int, busy_timeout: float, head: int) -> None:
        self._path, self._number, self._busy_timeout = path, number, busy_timeout
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
        if file_number(self._path) != self._number:
            raise LogUnavailable(f"the event log {self._path} is not the file that it was")
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


def main(path: Path, number: int, busy_timeout: float, head: int) -> None:
    """Write what comes in until nothing more can come, or nobody hears of it any more."""
    for each in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.SIG_IGN)  # they are for the service, which then stops us
    gc.freeze()
    frames, writer = Frames(), GroupWriter(path, number, busy_timeout, head)
    with closing(writer), suppress(BrokenPipeError):
        while received := os.read(0, _READ_AT_ONCE):
            for frame in frames.take(received):
                reports = b"".join(map(report_frame, writer.write(decode_group(frame))))
                while reports:
                    reports = reports[os.write(1, reports) :]
                writer.tidy_up()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4]))
