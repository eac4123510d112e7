"""The work file with every table of it."""

from __future__ import annotations

from pathlib import Path

from mentorbooking.adapters.job_queue.sqlite import JOBS
from mentorbooking.adapters.work.sqlite.control_requests import CONTROL
from mentorbooking.adapters.work.sqlite.database import WorkDatabase
from mentorbooking.adapters.work.sqlite.inbox import INBOX
from mentorbooking.adapters.work.sqlite.outbox_ledger import PARKED_EVENTS
from mentorbooking.adapters.work.sqlite.tracked_positions import TRACKING


def open_work_file(folder: Path) -> WorkDatabase:
    return WorkDatabase(folder / "work.db", [TRACKING, JOBS, PARKED_EVENTS, INBOX, CONTROL])
