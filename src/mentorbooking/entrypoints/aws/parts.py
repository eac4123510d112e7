"""The service's work beside answering requests, in parts that may run in one process or apart.

What may be done by one process at a time is done by whoever holds its lease.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

from mentorbooking.entrypoints.aws.ground import AwsGround
from mentorbooking.entrypoints.aws.jobs import run_jobs
from mentorbooking.entrypoints.aws.mailing import run_mail
from mentorbooking.entrypoints.aws.projecting import run_projections
from mentorbooking.entrypoints.aws.relaying import run_outbox

__all__ = ["BESIDE", "PARTS", "Part", "run_jobs", "run_mail", "run_outbox", "run_projections"]

Part = Callable[[AwsGround, asyncio.Event], Awaitable[None]]
"""Works until the event is set."""

PARTS: Final[Mapping[str, Part]] = {
    "projections": run_projections,
    "outbox": run_outbox,
    "jobs": run_jobs,
    "mail": run_mail,
}

BESIDE: Final[Sequence[Part]] = (run_outbox, run_jobs, run_mail)
"""What ``serve`` does beside answering requests and projecting."""
