"""The thread that keeps all read models up to date."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from concurrent.futures import Future
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import Final

import structlog

from mentorbooking.adapters.read_models.how_far import HowFar
from mentorbooking.adapters.read_models.rebuilding import RebuildRequest
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

POLL_SECONDS: Final = 0.25
LINGER_SECONDS: Final = 0.05
PAUSE_SECONDS: Final = 1.0

_log = structlog.get_logger(__name__)


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
        self._how_far = HowFar(self._following, monotonic)
        self._requests: SimpleQueue[RebuildRequest] = SimpleQueue()
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
        return self._how_far.lag(head)

    async def states(self) -> list[ProjectionState]:
        return self._how_far.states()

    def rebuild(
        self, names: Collection[str], progress: ReportProgress | None = None
    ) -> Future[None]:
        unknown = set(names) - set(self._following.positions())
        if unknown:
            raise KeyError(*sorted(unknown))
        request = RebuildRequest(names, progress, Future())
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
                self._how_far.stalls(error)
                self._closing.wait(PAUSE_SECONDS)
                continue
            self._how_far.goes_on()
            if not more:
                self._rest()

    def _take_requests(self) -> None:
        with suppress(Empty):
            while True:
                request = self._requests.get_nowait()
                try:
                    self._following.rebuilds.begin(*request)
                except Exception as error:  # noqa: BLE001  it is the asker's to deal with
                    request.refuse(error)

    def _rest(self) -> None:
        """Sleep until there may be something to do."""
        if self._woken.wait(POLL_SECONDS):
            self._woken.clear()
            self._hurried.wait(self._linger)
            # Who is in a hurry from here on is served by what comes next, or sets it again.
            self._hurried.clear()
