"""The tables of the work file: each module declares its own."""

from __future__ import annotations

from typing import Final

from mentorbooking.adapters.job_queue.sqlite import JOBS
from mentorbooking.adapters.messages.sqlite import MESSAGES
from mentorbooking.adapters.work.control import CONTROL
from mentorbooking.adapters.work.database import Schema
from mentorbooking.adapters.work.inbox import INBOX
from mentorbooking.adapters.work.outbox_ledger import PARKED_EVENTS
from mentorbooking.adapters.work.tracking import TRACKING

WORK_SCHEMAS: Final[tuple[Schema, ...]] = (
    TRACKING,
    JOBS,
    INBOX,
    PARKED_EVENTS,
    CONTROL,
    MESSAGES,
)
