"""A child process that works beside the service, at a lower priority, for as long as it lives.

The child's standard input is a pipe that nothing is written to. It closes when the service
stops, however it stops, and the child takes that as its sign to end: see ``parent_watch``.
"""

from __future__ import annotations

import asyncio
import os
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Final

import structlog

from mentorbooking.application.trying_again.backoff import Backoff
from mentorbooking.application.trying_again.fault_notes import fault_note
from mentorbooking.application.trying_again.waiting import wait_for_any

BACKOFF: Final = Backoff(first=timedelta(milliseconds=500), ceiling=timedelta(seconds=30))
NICENESS: Final = 19
"""About a tenth of the processor time that the service gets when both want all of it."""

_log = structlog.get_logger(__name__)


class HelperProcess:
    """Keeps one child running. ``pid`` is None, and ``trouble`` tells why, while it is not."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        chance: Callable[[], float],
        environment: Mapping[str, str] | None = None,
        niceness: int = NICENESS,
        backoff: Backoff = BACKOFF,
        grace: timedelta = timedelta(seconds=2),
        steady: timedelta = timedelta(minutes=1),
    ) -> None:
        """``environment`` is added to our own.

        A child that ran for ``steady`` was no failure: the next one is started soon. ``grace``
        is how long the child may take to end when the service stops.
        """
        self.command, self._environment = tuple(command), environment
        self._niceness, self._backoff, self._chance = niceness, backoff, chance
        self._grace, self._steady = grace, steady
        self.pid: int | None = None
        self.trouble: str | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Keep the child running until ``stop`` is set, then see it end."""
        loop, failures = asyncio.get_running_loop(), 0
        while not stop.is_set():
            started = loop.time()
            try:
                await self._run_once(stop)
            except OSError as error:
                self.trouble = fault_note(error)
            if stop.is_set():
                break
            lasted = timedelta(seconds=loop.time() - started)
            failures = 1 if lasted >= self._steady else failures + 1
            _log.warning("helper_ended", error=self.trouble, failures=failures)
            wait = self._backoff.wait(failures, self._chance()) or self._backoff.ceiling
            await wait_for_any(stop, at_most=wait)

    async def _run_once(self, stop: asyncio.Event) -> None:
        child = await asyncio.create_subprocess_exec(
            *self.command, stdin=PIPE, env={**os.environ, **(self._environment or {})}
        )
        self.pid, self.trouble = child.pid, None
        _log.info("helper_started", pid=child.pid)
        try:
            with suppress(ProcessLookupError):
                os.setpriority(os.PRIO_PROCESS, child.pid, self._niceness)
            await _ended_or_stopped(child, stop)
            await self._see_it_end(child)
        finally:
            self.pid = None
            if child.returncode is None:
                child.kill()
                await child.wait()
            self.trouble = f"ended with {child.returncode}"

    async def _see_it_end(self, child: Process) -> None:
        """Close the pipe and wait; a child that does not end in time is killed."""
        if child.stdin:
            child.stdin.close()
        with suppress(TimeoutError):
            await asyncio.wait_for(child.wait(), self._grace.total_seconds())


async def _ended_or_stopped(child: Process, stop: asyncio.Event) -> None:
    ended = asyncio.ensure_future(child.wait())
    stopped = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({ended, stopped}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        ended.cancel()
        stopped.cancel()
