"""The one thread that writes: appends that wait at the same time share one durable transaction.

A group is what queued up while the last one was being written; nothing waits for company.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import queue
import sqlite3
import threading
from collections.abc import Sequence

from mentorbooking.adapters.persistence.hooks import Hooks
from mentorbooking.adapters.persistence.requests import (
    Append,
    Appended,
    Committed,
    LogUnavailable,
)
from mentorbooking.adapters.persistence.sqlite_log.folding import Folding
from mentorbooking.adapters.persistence.sqlite_log.foreign_commits import OwnHead
from mentorbooking.adapters.persistence.sqlite_log.group_commit import committed
from mentorbooking.adapters.persistence.sqlite_log.prepared import Prepared, events_landed
from mentorbooking.adapters.persistence.sqlite_log.recent_events import RecentEvents
from mentorbooking.adapters.persistence.sqlite_log.waiting import Waiting, answer_all

_MOST_REQUESTS = 256
_MOST_EVENTS = 4096
"""A group stops growing there, so that nobody waits long behind many or large appends."""


class Writer:
    """Uses the connection alone until it is closed; closing that is its owner's business.

    ``own`` tells observers how far it has written, and ``recent`` holds what it wrote last.
    """

    def __init__(
        self, connection: sqlite3.Connection, own: OwnHead, recent: RecentEvents, hooks: Hooks
    ) -> None:
        self._connection = connection
        self._folding = Folding(connection)
        self._own = own
        self._recent = recent
        self._hooks = hooks
        self._queue: queue.SimpleQueue[Sequence[Waiting]] = queue.SimpleQueue()
        self._gathered: dict[asyncio.AbstractEventLoop, list[Waiting]] = {}
        self._gate = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="event-log-writer", daemon=True)
        self._thread.start()

    async def append(self, request: Append) -> Appended:
        """Return once it is durable. Cancelling the caller does not take the append back."""
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[Appended] = loop.create_future()
        gathered = self._gathered.get(loop)
        if gathered is None:
            # Those of one round of the loop go together: the writer is woken once for all.
            gathered = self._gathered[loop] = []
            loop.call_soon(self._submit_gathered, loop)
        gathered.append(Waiting(Prepared(request), waiter))
        return await waiter

    def append_sync(self, request: Append) -> Appended:
        """Return once it is durable; for threads without an event loop."""
        if threading.current_thread() is self._thread:
            raise RuntimeError("the writer's thread can't wait for itself")
        waiter: concurrent.futures.Future[Appended] = concurrent.futures.Future()
        self._submit([Waiting(Prepared(request), waiter)])
        return waiter.result()

    def append_soon(self, request: Append) -> None:
        """Return at once. Nobody hears whether it was written, or that it came too late."""
        with contextlib.suppress(LogUnavailable):
            self._submit([Waiting(Prepared(request), None)])

    def close(self) -> None:
        """Write what is queued, then stop. Later appends raise ``LogUnavailable``."""
        for loop in list(self._gathered):
            self._submit_gathered(loop)
        with self._gate:
            if not self._closed:
                self._closed = True
                self._queue.put(())
        self._thread.join()

    def _submit_gathered(self, loop: asyncio.AbstractEventLoop) -> None:
        gathered = self._gathered.pop(loop, ())
        if not gathered:  # closing was faster
            return
        try:
            self._submit(gathered)
        except LogUnavailable as closed:
            answer_all(gathered, [closed] * len(gathered))

    def _submit(self, requests: Sequence[Waiting]) -> None:
        with self._gate:  # so that nothing gets into the queue behind its end
            if self._closed:
                raise LogUnavailable("the event log is closed")
            self._queue.put(requests)

    def _run(self) -> None:
        going_on = True
        while going_on:
            group, going_on = self._next_group()
            if group:
                self._write(group)

    def _next_group(self) -> tuple[list[Waiting], bool]:
        """Wait for requests and take those behind them; False at the end of the queue."""
        group: list[Waiting] = []
        events = 0
        requests = self._queue.get()
        while requests:
            group += requests
            events += sum(len(waiting.prepared.events) for waiting in requests)
            if len(group) >= _MOST_REQUESTS or events >= _MOST_EVENTS:
                return group, True
            try:
                requests = self._queue.get_nowait()
            except queue.Empty:
                return group, True
        return group, False

    def _write(self, group: Sequence[Waiting]) -> None:
        rest = group
        for outcomes in committed(
            self._connection, self._own, [waiting.prepared for waiting in group]
        ):
            answered, rest = rest[: len(outcomes)], rest[len(outcomes) :]
            answer_all(answered, outcomes)
            events = events_landed(
                zip((waiting.prepared for waiting in answered), outcomes, strict=True)
            )
            if events:
                self._recent.add(events)
                self._hooks.call(Committed(events[-1].position, events))
        self._folding.fold_if_due()
