"""Read models made anew: by the service that runs on the data, or here where none does."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import ExitStack

from mentorbooking.adapters.clock import SystemClock
from mentorbooking.adapters.data_directory import DataDirectory
from mentorbooking.adapters.event_store.log import SQLiteLogReader
from mentorbooking.adapters.observability.logging import configure_logging
from mentorbooking.adapters.persistence.sqlite.log import SQLiteLog
from mentorbooking.adapters.read_models.sqlite.database import open_views
from mentorbooking.adapters.read_models.sqlite.models import all_models
from mentorbooking.adapters.read_models.sqlite.projector import Projector
from mentorbooking.adapters.work.control import SQLiteControlRequests
from mentorbooking.adapters.work.database import WorkDatabase
from mentorbooking.application.ports.control_requests import ControlRequest, ControlState
from mentorbooking.application.read_models.progress import RebuildFailed
from mentorbooking.entrypoints.cli.progress import Tell
from mentorbooking.entrypoints.rebuilding import REBUILD
from mentorbooking.entrypoints.work_schemas import WORK_SCHEMAS

_POLL_SECONDS = 0.2
_POLLS_IN_GOOD_FAITH = 5


def rebuild_read_models(directory: DataDirectory, names: Sequence[str], tell: Tell) -> str | None:
    """Rebuild them and return what went wrong, if anything did."""
    configure_logging(level="warning")
    if directory.is_served():
        return asyncio.run(_ask_the_service(directory, names, tell))
    return _rebuild_here(directory, names, tell)


def _rebuild_here(directory: DataDirectory, names: Sequence[str], tell: Tell) -> str | None:
    """Hold the service's lock meanwhile: only one process may write the views."""
    with ExitStack() as stack:
        stack.enter_context(directory.serving())
        log = SQLiteLogReader(stack.enter_context(SQLiteLog(directory.events)))
        views = open_views(directory.views, all_models(), log)
        stack.callback(views.close)
        projector = Projector(views, log)
        projector.start()
        stack.callback(projector.close)
        try:
            _wait_for(projector.rebuild(names, tell))
        except RebuildFailed as failure:
            return str(failure)
    return None


def _wait_for(rebuilt: Future[None]) -> None:
    """Wait so that Ctrl-C is heard."""
    while not rebuilt.done():
        time.sleep(_POLL_SECONDS / 10)
    rebuilt.result()


async def _ask_the_service(
    directory: DataDirectory, names: Sequence[str], tell: Tell
) -> str | None:
    work = WorkDatabase(directory.work, WORK_SCHEMAS)
    try:
        control, clock = SQLiteControlRequests(work), SystemClock()
        asked = [await control.ask(REBUILD, name, now=clock.now()) for name in names]
        while True:
            for _ in range(_POLLS_IN_GOOD_FAITH):
                known = [await control.get(request.id) or request for request in asked]
                tell(sum(each.done for each in known), sum(each.total for each in known))
                if all(request.is_over for request in known):
                    return _troubles(known)
                await asyncio.sleep(_POLL_SECONDS)
            if not directory.is_served():
                return "the service has stopped; it rebuilds them when it starts again"
    finally:
        work.close()


def _troubles(requests: Sequence[ControlRequest]) -> str | None:
    failed = [
        f"{request.subject}: {request.error}"
        for request in requests
        if request.state is ControlState.FAILED
    ]
    return "; ".join(failed) or None
