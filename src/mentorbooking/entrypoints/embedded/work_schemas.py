"""The tables of the work file: each module declares its own."""

from __future__ import annotations

from typing import Final

from mentorbooking.adapters.job_queue.sqlite import JOBS
from mentorbooking.adapters.messages.sqlite import MESSAGES
from mentorbooking.adapters.work.sqlite.control_requests import CONTROL
from mentorbooking.adapters.work.sqlite.database import Schema
from mentorbooking.adapters.work.sqlite.inbox import INBOX
from mentorbooking.adapters.work.sqlite.outbox_ledger import PARKED_EVENTS
from mentorbooking.adapters.work.sqlite.tracked_positions import TRACKING

WORK_SCHEMAS: Final[tuple[Schema, ...]] = (
    TRACKING,
    JOBS,
    INBOX,
    PARKED_EVENTS,
    CONTROL,
    MESSAGES,
)
