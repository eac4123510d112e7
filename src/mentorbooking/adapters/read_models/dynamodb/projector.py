"""The task that keeps all read models up to date, or watches another process doing it."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Collection
from concurrent.futures import Future
from contextlib import suppress
from typing import Final

import structlog

from mentorbooking.adapters.read_models.dynamodb.following import Following
from mentorbooking.adapters.read_models.dynamodb.registry import NOBODY, NotOurs
from mentorbooking.adapters.read_models.dynamodb.waiters import Waiters
from mentorbooking.adapters.read_models.how_far import HowFar
from mentorbooking.adapters.read_models.rebuilding import RebuildRequest
from mentorbooking.application.positions import LogPlace
from mentorbooking.application.read_models.progress import (
    Lag,
    ProjectionState,
    ReadModelsProgress,
    RebuildFailed,
    ReportProgress,
)

POLL_SECONDS: Final = 0.25
HURRIED_POLL_SECONDS: Final = 0.05
LINGER_SECONDS: Final = 0.05
PAUSE_SECONDS: Final = 1.0
BEAT_SECONDS: Final = 5.0
DEAD_SECONDS: Final = 15.0
CLOSING_SECONDS: Final = 5.0

_log = structlog.get_logger(__name__)


class Projector(ReadModelsProgress):
    """``following`` is its own from ``start`` to ``close``.

    It is woken by commits of this process and looks for those of others four times a second.
    When nobody waits for it, it lingers for some milliseconds before it takes new events: the
    batches get larger, and cost less. ``works``: False for a process that only waits for what
    others project. While another one projects, it looks how far that has come.
    """

    def __init__(
        self,
        following: Following,
        *,
        works: bool = True,
        linger: float = LINGER_SECONDS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._following = following
        self._waiters = Waiters(following.reached)
        following.after_each = self._waiters.look
        self._works = works
        self._linger = linger
        self._monotonic = monotonic
        self._how_far = HowFar(following, monotonic)
        self._seen = (-1, 0.0)
        self._requests: deque[RebuildRequest] = deque()
        self._woken = asyncio.Event()
        self._hurried = asyncio.Event()
        self._closing = False
        self._task: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self) -> None:
        """Begin, on the running event loop; a process that works takes over at once."""
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.create_task(self._run(), name="projector")

    async def close(self) -> None:
        """Stop after the batch under way; a rebuild that has not ended is cancelled."""
        self._closing = True
        self._hurry()
        if self._task is not None:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._task, CLOSING_SECONDS)
        self._following.rebuilds.abandon()
        while self._requests:
            self._requests.popleft().done.cancel()

    # -- for everybody -----------------------------------------------------

    def wake(self) -> None:
        if not self._woken.is_set():
            self._in_the_loop(self._woken.set)

    async def wait_for(self, names: Collection[str], place: LogPlace, within: float) -> bool:
        reached = self._following.reached(names, place)
        if reached is not False:
            return bool(reached)
        self._hurry()
        return await self._waiters.wait(names, place, within)

    def positions(self) -> dict[str, int]:
        return self._following.positions()

    async def lag(self, head: int) -> dict[str, Lag]:
        return self._how_far.lag(head)

    async def states(self) -> list[ProjectionState]:
        return self._how_far.states()

    def rebuild(
        self, names: Collection[str], progress: ReportProgress | None = None
    ) -> Future[None]:
        """See ``ReadModelsProgress``. A process that works takes over first if need be."""
        unknown = set(names) - set(self._following.positions())
        if unknown:
            raise KeyError(*sorted(unknown))
        request = RebuildRequest(names, progress, Future())
        if self._works:
            self._requests.append(request)
            self._in_the_loop(self._hurry)
        else:
            request.done.set_exception(RebuildFailed("this process does not project"))
        return request.done

    def _in_the_loop(self, do: Callable[[], None]) -> None:
        """Do it soon. Before the start there is no need to, after the end no use."""
        if self._loop is not None:
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(do)

    def _hurry(self) -> None:
        self._hurried.set()
        self._woken.set()

    # -- the task ----------------------------------------------------------

    async def _run(self) -> None:
        while not self._closing:
            try:
                more = await self._go_on()
            except NotOurs:
                self._step_back()
                continue
            except Exception as error:  # noqa: BLE001  it goes on when the machine does
                self._how_far.stalls(error)
                if not self._closing:
                    await asyncio.sleep(PAUSE_SECONDS)
                continue
            self._how_far.goes_on()
            if not more:
                await self._rest()
        with suppress(Exception):
            await self._following.lease.let_go()

    async def _go_on(self) -> bool:
        if not self._following.in_charge:
            if not await self._should_be_in_charge():
                return False
            await self._following.take_over()
        await self._take_requests()
        more = await self._following.advance()
        more = await self._following.clear_away() or more
        if self._changed_last(self._monotonic()) >= BEAT_SECONDS:
            await self._following.lease.note()
        return more

    async def _should_be_in_charge(self) -> bool:
        """Look how things stand. Whoever has just started should be, if it works at all."""
        starting = self._seen[0] < 0
        await self._following.look()
        idle = self._changed_last(self._monotonic())
        lease = self._following.lease
        nobody_is = lease.held or lease.registry.owner == NOBODY or idle >= DEAD_SECONDS
        return self._works and (starting or bool(self._requests) or nobody_is)

    def _changed_last(self, now: float) -> float:
        """Return for how many seconds the registry has been as it is."""
        version = self._following.lease.registry.version
        if version != self._seen[0]:
            self._seen = version, now
        return now - self._seen[1]

    def _step_back(self) -> None:
        _log.info("projecting_lost")
        self._following.rebuilds.abandon()

    async def _take_requests(self) -> None:
        while self._requests:
            request = self._requests.popleft()
            try:
                await self._following.rebuilds.begin(*request)
            except Exception as error:
                request.refuse(error)
                if isinstance(error, NotOurs):
                    raise

    async def _rest(self) -> None:
        """Sleep until there may be something to do."""
        watching = self._waiters and not self._following.in_charge
        with suppress(TimeoutError):
            async with asyncio.timeout(HURRIED_POLL_SECONDS if watching else POLL_SECONDS):
                await self._woken.wait()
        if self._woken.is_set():
            self._woken.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._linger):
                    await self._hurried.wait()
            # Who is in a hurry from here on is served by what comes next, or sets it again.
            self._hurried.clear()
