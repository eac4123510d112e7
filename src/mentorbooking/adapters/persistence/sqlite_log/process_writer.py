"""The service's end of the writing process: gathers appends, sends them in groups, and answers.

Two groups are under way at most: one that is being written, and one that the process finds when it
is done. Meanwhile others gather. A group is bounded, so that the answers for some arrive while
others still decide, and neither the process nor the event loop waits for the other.
"""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from threading import get_ident
from typing import Final, cast

import structlog

from mentorbooking.adapters.persistence.hooks import Hooks
from mentorbooking.adapters.persistence.requests import (
    Append,
    Appended,
    Committed,
    LogUnavailable,
    PerhapsAppended,
)
from mentorbooking.adapters.persistence.sqlite_log.connections import Readers, file_number
from mentorbooking.adapters.persistence.sqlite_log.foreign_commits import OwnHead
from mentorbooking.adapters.persistence.sqlite_log.frames import (
    Frames,
    Report,
    decode_report,
    encode_append,
    group_frame,
    outcome_of,
)
from mentorbooking.adapters.persistence.sqlite_log.left_behind import landed_for_good
from mentorbooking.adapters.persistence.sqlite_log.prepared import Ordered, events_landed
from mentorbooking.adapters.persistence.sqlite_log.recent_events import RecentEvents
from mentorbooking.adapters.persistence.sqlite_log.writer import Writer
from mentorbooking.application.trying_again.fault_notes import fault_note

_AT_ONCE: Final = 16
"""Appends in a group. Of 64 that wait, some are written while the others are decided."""

_UNDER_WAY: Final = 2
"""Groups. What comes later gathers to fewer and larger ones."""

_READ_AT_ONCE: Final = 1 << 20
_RESTART_SECONDS: Final = 0.2
_LONGEST_RESTART_SECONDS: Final = 3.0
_GRACE_SECONDS: Final = 4.0

_log = structlog.get_logger(__name__)


class _Parcel(Ordered):
    """An append with its bytes, and who waits for it, if anybody."""

    __slots__ = ("encoded", "waiter")

    def __init__(self, request: Append, waiter: asyncio.Future[Appended] | None) -> None:
        super().__init__(request)
        self.encoded = encode_append(request)
        self.waiter = waiter


class ProcessWriter:
    """Belongs to the event loop that it was made in, and lives between ``start`` and ``close``.

    When the process ends, another one is started. Of what was under way the log tells what was
    written; the rest was not.
    """

    def __init__(
        self,
        path: Path,
        busy_timeout: float,
        own: OwnHead,
        recent: RecentEvents,
        hooks: Hooks,
        readers: Readers,
        thread: Writer,
    ) -> None:
        """Raise ``LogUnavailable`` when there is no such file."""
        self._path, self._number, self._busy_timeout = path, file_number(path), busy_timeout
        self._own, self._recent, self._hooks, self._readers = own, recent, hooks, readers
        self._thread = thread
        self._loop, self._home = asyncio.get_running_loop(), get_ident()
        self._gathered: deque[_Parcel] = deque()
        self._sent: deque[list[_Parcel]] = deque()
        self._child: Process | None = None
        self._input: asyncio.StreamWriter | None = None
        self._flushing = False
        self._closing = False
        self._failures = 0
        self._living: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """The process that writes; None while there is none."""
        return self._child.pid if self._child else None

    async def append(self, request: Append) -> Appended:
        """Return once it is durable. Cancelling the caller does not take the append back."""
        if self._closing:
            raise LogUnavailable("the event log is closed")
        waiter: asyncio.Future[Appended] = self._loop.create_future()
        self._gather(_Parcel(request, waiter))
        return await waiter

    def append_sync(self, request: Append) -> Appended:
        """Return once it is durable; for threads other than the event loop's."""
        if get_ident() == self._home:
            raise RuntimeError("the event loop's thread can't wait for itself")
        return asyncio.run_coroutine_threadsafe(self.append(request), self._loop).result()

    def append_soon(self, request: Append) -> None:
        """Return at once. Nobody hears whether it was written, or that it came too late."""
        if not self._closing:
            self._gather(_Parcel(request, None))

    async def start(self) -> None:
        """Start the process, and another one whenever it ends. Raises ``OSError``."""
        child = await self._spawned()
        self._living = asyncio.create_task(self._live(child))

    async def close(self) -> None:
        """Write what is gathered, then see the process end. Later appends are refused."""
        self._closing = True
        if self._living is None:
            return
        self._send_the_last()
        await asyncio.wait({self._living}, timeout=_GRACE_SECONDS)
        self._refuse(self._gathered, "the event log is closed")
        self._kill()
        await self._living

    def _gather(self, parcel: _Parcel) -> None:
        self._gathered.append(parcel)
        if len(self._gathered) >= _AT_ONCE:
            self._send()
        elif not self._flushing:
            # Those of one round of the loop go together.
            self._flushing = True
            self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        self._flushing = False
        self._send()

    def _send(self, under_way: int = _UNDER_WAY) -> None:
        """Send what is gathered, as far as there may be so many groups under way."""
        gathered = self._gathered
        while self._input is not None and gathered and len(self._sent) < under_way:
            group = [gathered.popleft() for _ in range(min(len(gathered), _AT_ONCE))]
            self._own.sent(_events_of(group))
            self._sent.append(group)
            with suppress(RuntimeError):  # it has ended, which is about to be noticed
                self._input.write(group_frame([parcel.encoded for parcel in group]))

    def _send_the_last(self) -> None:
        """Send all that is left, and that nothing follows."""
        self._send(under_way=len(self._gathered) + _UNDER_WAY)
        if self._input is not None:
            with suppress(RuntimeError):  # as above
                self._input.write_eof()

    # -- the process -------------------------------------------------------

    async def _spawned(self) -> Process:
        program = "mentorbooking.adapters.persistence.sqlite_log.writing_process"
        file, head = (str(self._path), str(self._number)), self._own.position - self._own.under_way
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", program, *file, str(self._busy_timeout), str(head)),
            stdin=PIPE,
            stdout=PIPE,
            start_new_session=True,  # what a terminal says to us is not for it
        )
        self._child, self._input = child, child.stdin
        self._send()
        return child

    def _kill(self) -> None:
        if self._child is not None:
            with suppress(ProcessLookupError):
                self._child.kill()

    async def _live(self, child: Process | None) -> None:
        while child is not None:
            try:
                await self._answer(child)
            except Exception as error:  # noqa: BLE001  whatever it is, others go on
                _log.error("writing_process_not_understood", error=fault_note(error))
                self._kill()
            status = await child.wait()
            self._child = self._input = None
            await self._settle_lost()
            if self._closing:
                return
            _log.error("writing_process_ended", status=status)
            child = await self._restarted()
            if self._closing:
                self._send_the_last()

    async def _answer(self, child: Process) -> None:
        """Answer what the process reports, until it ends."""
        frames = Frames()
        while received := await cast("asyncio.StreamReader", child.stdout).read(_READ_AT_ONCE):
            for frame in frames.take(received):
                self._settle(decode_report(frame))
            self._send()

    async def _restarted(self) -> Process | None:
        """Start another process; None if it can't be before the end."""
        while True:
            pause = min(_RESTART_SECONDS * 2**self._failures, _LONGEST_RESTART_SECONDS)
            self._failures = min(self._failures + 1, 9)
            await asyncio.sleep(pause)
            try:
                return await self._spawned()
            except (OSError, RuntimeError) as error:
                _log.error("writing_process_not_started", error=fault_note(error))
                self._refuse(self._gathered, f"the process that writes can't be started: {error}")
            if self._closing:
                return None

    def _settle(self, report: Report) -> None:
        self._failures = 0
        group, count = self._sent[0], len(report.outcomes)
        answered = group[:count]
        outcomes = [outcome_of(told) for told in report.outcomes]
        self._own.answered(_events_of(answered), report.head, report.surprises)
        for parcel, outcome in zip(answered, outcomes, strict=True):
            _tell(parcel, outcome)
        del group[:count]
        if not group:
            self._sent.popleft()
        events = events_landed(zip(answered, outcomes, strict=True))
        if events:
            self._recent.add(events)
            self._hooks.call(Committed(events[-1].position, events))

    async def _settle_lost(self) -> None:
        """Answer what a process that has ended left behind: the log tells what it wrote."""
        if not self._sent:
            return
        known = self._own.position - self._own.under_way
        self._own.lost()
        lost = deque(parcel for group in self._sent for parcel in group)
        self._sent.clear()
        try:
            landed = await landed_for_good(self._thread, self._readers, known)
        except LogUnavailable as unavailable:
            self._refuse(lost, f"what it had written is not known: {unavailable}", PerhapsAppended)
        for parcel in lost:
            if parcel.events and parcel.request.commit_id in landed:
                _tell(parcel, landed[parcel.request.commit_id])
        self._refuse(lost, "the process that writes the event log has ended")

    def _refuse(
        self, parcels: deque[_Parcel], why: str, kind: type[LogUnavailable] = LogUnavailable
    ) -> None:
        while parcels:
            _tell(parcels.popleft(), kind(why))


def _events_of(parcels: Sequence[_Parcel]) -> int:
    return sum(len(parcel.events) for parcel in parcels)


def _tell(parcel: _Parcel, outcome: Appended | Exception) -> None:
    waiter = parcel.waiter
    if waiter is None or waiter.done():  # nobody wants to know, or the caller was cancelled
        return
    if isinstance(outcome, Exception):
        waiter.set_exception(outcome)
    else:
        waiter.set_result(outcome)
