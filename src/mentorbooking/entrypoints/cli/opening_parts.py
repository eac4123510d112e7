"""Opening single files of the data directory, for commands that need no more: they start sooner."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mentorbooking.entrypoints.cli.invocation import Invocation

if TYPE_CHECKING:
    from mentorbooking.adapters.persistence.sqlite.log import SQLiteLog
    from mentorbooking.adapters.work.database import WorkDatabase


@contextmanager
def opened_log(invocation: Invocation) -> Iterator[SQLiteLog]:
    """Open the event log that is there."""
    directory = invocation.directory_with_data()
    from mentorbooking.adapters.persistence.sqlite.log import SQLiteLog

    with SQLiteLog(directory.events) as log:
        yield log


@contextmanager
def opened_work(invocation: Invocation) -> Iterator[WorkDatabase]:
    """Open the file of jobs, requests and the outbox beside a log that is there."""
    directory = invocation.directory_with_data()
    from mentorbooking.adapters.work.database import WorkDatabase
    from mentorbooking.entrypoints.work_schemas import WORK_SCHEMAS

    work = WorkDatabase(directory.work, WORK_SCHEMAS)
    try:
        yield work
    finally:
        work.close()
