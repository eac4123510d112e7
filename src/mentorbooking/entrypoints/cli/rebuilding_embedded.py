"""Read models in a data directory made anew: by the service, or here where none runs."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import ExitStack, closing

from mentorbooking.adapters.clock import SystemClock
from mentorbooking.adapters.data_directory import DataDirectory
from mentorbooking.adapters.event_store.sqlite.event_log import SQLiteLogReader
from mentorbooking.adapters.observability.logging import configure_logging
from mentorbooking.adapters.persistence.sqlite_log.log import SQLiteLog
from mentorbooking.adapters.read_models.sqlite.database import open_views
from mentorbooking.adapters.read_models.sqlite.models import all_models
from mentorbooking.adapters.read_models.sqlite.projector import Projector
from mentorbooking.adapters.work.sqlite.control_requests import SQLiteControlRequests
from mentorbooking.adapters.work.sqlite.database import WorkDatabase
from mentorbooking.application.ports.control_requests import ControlRequest
from mentorbooking.application.read_models.progress import RebuildFailed
from mentorbooking.entrypoints.cli.progress import Tell
from mentorbooking.entrypoints.cli.rebuilding import ask_for_rebuilds
from mentorbooking.entrypoints.embedded.work_schemas import WORK_SCHEMAS


async def rebuild(directory: DataDirectory, names: Sequence[str], tell: Tell) -> str | None:
    """Rebuild them and return what went wrong, if anything did."""
    configure_logging(level="warning")
    if directory.is_served():
        return await _ask_the_service(directory, names, tell)
    return await _rebuild_here(directory, names, tell)


async def _rebuild_here(directory: DataDirectory, names: Sequence[str], tell: Tell) -> str | None:
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
            await asyncio.wrap_future(projector.rebuild(names, tell))
        except RebuildFailed as failure:
            return str(failure)
    return None


async def _ask_the_service(
    directory: DataDirectory, names: Sequence[str], tell: Tell
) -> str | None:
    async def trouble(_: Sequence[ControlRequest]) -> str | None:
        if directory.is_served():
            return None
        return "the service has stopped; it rebuilds them when it starts again"

    with closing(WorkDatabase(directory.work, WORK_SCHEMAS)) as work:
        control = SQLiteControlRequests(work)
        return await ask_for_rebuilds(control, SystemClock(), names, tell, trouble=trouble)
