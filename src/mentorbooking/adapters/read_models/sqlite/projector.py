"""The thread that keeps all read models up to date."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from concurrent.futures import Future
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import Final, NamedTuple

import msgspec
import structlog

from mentorbooking.adapters.read_models.sqlite.database import ViewsDatabase
from mentorbooking.adapters.read_models.sqlite.following import Following
from mentorbooking.adapters.read_models.sqlite.log_reader import LogReader
from mentorbooking.adapters.read_models.sqlite.waiters import Waiters
from mentorbooking.application.positions import LogPlace, in_one_lane
from mentorbooking.application.read_models.progress import (
    Lag,
    ProjectionState,
    ReadModelsProgress,
    ReportProgress,
)
from mentorbooking.application.trying_again.fault_notes import fault_note

POLL_SECONDS: Final = 0.25
LINGER_SECONDS: Final = 0.05
PAUSE_SECONDS: Final = 1.0

_NONE: Final = Lag(0, 0.0)

_log = structlog.get_logger(__name__)


class _Request(NamedTuple):
    names: Collection[str]
    progress: ReportProgress | None
    done: Future[None]


class Projector(ReadModelsProgress):
    """Uses the views' writing connection from ``start`` to ``close``, and closes nothing else.

    It is woken by commits of this process and looks for those of others four times a second.
    When nobody waits for it, it lingers for some milliseconds before it takes new events: the
    batches get larger, and it does not compete with the answer that tells of the commit.
    """

    def __init__(
        self,
        views: ViewsDatabase,
        log: LogReader,
        *,
        batch: int = 1_000,
        linger: float = LINGER_SECONDS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._waiters = Waiters(self._reached)
        self._following = Following(views, log, batch=batch, after_each=self._waiters.wake)
        self._linger = linger
        self._monotonic = monotonic
        self._current_at = dict.fromkeys(self._following.positions(), monotonic())
        self._trouble: str | None = None
        self._requests: SimpleQueue[_Request] = SimpleQueue()
        self._woken = Event()
        self._hurried = Event()
        self._closing = Event()
        self._thread = Thread(target=self._run, name="projector", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Stop after the batch under way; a rebuild that has not ended is cancelled."""
        self._closing.set()
        self._hurry()
        if self._thread.is_alive():
            self._thread.join()
        self._following.rebuilds.abandon()
        with suppress(Empty):
            while True:
                self._requests.get_nowait().done.cancel()

    # -- for everybody -----------------------------------------------------

    def wake(self) -> None:
        if not self._woken.is_set():
            self._woken.set()

    async def wait_for(self, names: Collection[str], place: LogPlace, within: float) -> bool:
        position = in_one_lane(place)
        if self._reached(names, position):
            return True
        return await self._waiters.wait(names, position, within, self._hurry)

    def positions(self) -> dict[str, int]:
        return self._following.positions()

    async def lag(self, head: int) -> dict[str, Lag]:
        now = self._monotonic()
        return {
            name: Lag(head - position, now - self._current_at[name]) if position < head else _NONE
            for name, position in self._following.positions().items()
        }

    async def states(self) -> list[ProjectionState]:
        trouble = self._trouble
        return [
            msgspec.structs.replace(state, state="stalled", error=trouble)
            if trouble is not None and state.state == "running"
            else state
            for state in self._following.states()
        ]

    def rebuild(
        self, names: Collection[str], progress: ReportProgress | None = None
    ) -> Future[None]:
        unknown = set(names) - set(self._following.positions())
        if unknown:
            raise KeyError(*sorted(unknown))
        request = _Request(names, progress, Future())
        self._requests.put(request)
        self._hurry()
        return request.done

    def _reached(self, names: Collection[str], position: int) -> bool | None:
        return self._following.reached(names, position)

    def _hurry(self) -> None:
        self._hurried.set()
        self._woken.set()

    # -- the thread --------------------------------------------------------

    def _run(self) -> None:
        while not self._closing.is_set():
            try:
                self._take_requests()
                more = self._following.advance()
            except Exception as error:  # noqa: BLE001  it goes on when the machine does
                self._stall(error)
                continue
            self._trouble = None
            self._note_who_is_current()
            if not more:
                self._rest()

    def _take_requests(self) -> None:
        with suppress(Empty):
            while True:
                names, progress, done = self._requests.get_nowait()
                try:
                    self._following.rebuilds.begin(names, progress, done)
                except Exception as error:  # noqa: BLE001  it is the asker's to deal with
                    if done.set_running_or_notify_cancel():
                        done.set_exception(error)

    def _rest(self) -> None:
        """Sleep until there may be something to do."""
        if self._woken.wait(POLL_SECONDS):
            self._woken.clear()
            self._hurried.wait(self._linger)
            # Who is in a hurry from here on is served by what comes next, or sets it again.
            self._hurried.clear()

    def _stall(self, error: Exception) -> None:
        trouble = fault_note(error)
        if trouble != self._trouble:
            _log.error("projections_stalled", error=trouble)
        self._trouble = trouble
        self._closing.wait(PAUSE_SECONDS)

    def _note_who_is_current(self) -> None:
        now = self._monotonic()
        for name, position in self._following.positions().items():
            if position >= self._following.head:
                self._current_at[name] = now
