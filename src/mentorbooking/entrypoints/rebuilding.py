"""Rebuilds of read models that the command line asks of a running service."""

from __future__ import annotations

import asyncio
from asyncio import wrap_future
from datetime import timedelta

import structlog

from mentorbooking.application.ports.clock import Clock
from mentorbooking.application.ports.control_requests import ControlRequest, ControlRequests
from mentorbooking.application.ports.unavailable import StoreUnavailable
from mentorbooking.application.read_models.progress import ReadModelsProgress
from mentorbooking.application.trying_again.fault_notes import fault_note
from mentorbooking.application.trying_again.waiting import wait_for_any

REBUILD = "rebuild-projection"
POLL = timedelta(milliseconds=500)

_log = structlog.get_logger(__name__)


async def rebuild_when_asked(
    requests: ControlRequests, models: ReadModelsProgress, clock: Clock, stop: asyncio.Event
) -> None:
    """Look for requests until told to stop, and carry them out one after the other."""
    resumed = False
    while not stop.is_set():
        try:
            if not resumed:
                await requests.resume()
                resumed = True
            if await rebuild_if_asked(requests, models, clock):
                continue
        except StoreUnavailable as unavailable:
            _log.warning("requests_unavailable", error=fault_note(unavailable))
        await wait_for_any(stop, at_most=POLL)


async def rebuild_if_asked(
    requests: ControlRequests, models: ReadModelsProgress, clock: Clock
) -> bool:
    """Carry out the oldest request; False if there is none."""
    request = await requests.take((REBUILD,))
    if request is None:
        return False
    try:
        error = await _rebuild(request, requests, models)
    except _GivenUp:  # who goes on from here takes the request up again
        _log.info("rebuild_given_up", projection=request.subject)
        return False
    await requests.finish(request.id, now=clock.now(), error=error)
    return True


class _GivenUp(Exception):
    """The rebuild was not carried through, for no fault of its own: this process stops, or
    another one projects by now.
    """


async def _rebuild(
    request: ControlRequest, requests: ControlRequests, models: ReadModelsProgress
) -> str | None:
    """Rebuild one read model; return why it failed, if it did."""
    loop = asyncio.get_running_loop()
    reports: set[asyncio.Task[None]] = set()

    def report(done: int, total: int) -> None:
        task = loop.create_task(requests.report(request.id, done=done, total=total))
        reports.add(task)
        task.add_done_callback(reports.discard)

    def from_its_thread(done: int, total: int) -> None:
        loop.call_soon_threadsafe(report, done, total)

    try:
        rebuilt = wrap_future(models.rebuild((request.subject,), from_its_thread))
        await asyncio.wait([rebuilt])
        if rebuilt.cancelled():
            raise _GivenUp
        rebuilt.result()
    except _GivenUp:
        raise
    except Exception as failure:  # noqa: BLE001  told to who asked, whatever it is
        _log.warning("rebuild_failed", projection=request.subject, error=fault_note(failure))
        return fault_note(failure)
    _log.info("rebuild_done", projection=request.subject)
    return None
