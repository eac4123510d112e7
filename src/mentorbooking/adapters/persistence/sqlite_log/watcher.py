"""Looks out for commits of other processes and passes the news on."""

from __future__ import annotations

import contextlib
import threading

from mentorbooking.adapters.persistence.hooks import Hooks
from mentorbooking.adapters.persistence.requests import Committed, LogUnavailable
from mentorbooking.adapters.persistence.sqlite_log.foreign_commits import ForeignCommits


class Watcher:
    """A thread that looks every ``interval`` seconds."""

    def __init__(self, foreign: ForeignCommits, hooks: Hooks, interval: float) -> None:
        self._foreign = foreign
        self._hooks = hooks
        self._interval = interval
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="event-log-watcher", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._stopping.set()
        self._thread.join()
        self._foreign.close()

    def _run(self) -> None:
        while not self._stopping.wait(self._interval):
            with contextlib.suppress(LogUnavailable):  # look again later
                head = self._foreign.look()
                if head is not None:
                    self._hooks.call(Committed(head, ()))
