"""Work that has to be done once, later, by whoever is free, whatever happens meanwhile."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

import msgspec


class JobState(StrEnum):
    """Where a job is. ``dead``: given up after too many failures; a person may retry it."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    DEAD = "dead"


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """``attempts`` counts the claims that were neither given back nor forgiven by a retry.

    ``due_at`` is from when on it may be claimed: while it runs, the end of the lease; None when
    it is over. ``claim`` tells one claim of it from the next, so that a worker which was given
    up for dead can't answer for its successor. ``last_error`` holds no personal data: see
    ``fault_notes``.
    """

    id: int
    queue: str
    key: str
    payload: bytes
    state: JobState
    attempts: int
    claim: int
    enqueued_at: datetime
    due_at: datetime | None = None
    finished_at: datetime | None = None
    last_error: str | None = None


class JobQueue(Protocol):
    """Durable, shared by several processes. Times come in; the queue has no clock.

    A claimed job is its worker's until the lease ends; then anybody may claim it again. What
    ``heartbeat``, ``complete``, ``fail`` and ``give_back`` answer tells whether the claim
    still held; if not, they changed nothing.
    """

    async def enqueue(self, queue: str, key: str, payload: bytes, *, now: datetime) -> bool:
        """Add a job; False, and nothing changes, if the queue has had this key before."""

    async def claim(
        self, queues: Collection[str], *, now: datetime, lease: timedelta
    ) -> Job | None:
        """Take the job that has been due for longest, or one whose worker's lease has ended."""

    async def heartbeat(self, job: Job, *, now: datetime, lease: timedelta) -> bool:
        """Renew the lease."""

    async def complete(self, job: Job, *, now: datetime) -> bool:
        """Be done with it."""

    async def fail(self, job: Job, error: str, *, now: datetime, retry_at: datetime | None) -> bool:
        """Put it back until ``retry_at``, or among the dead if that is None."""

    async def give_back(self, job: Job, *, now: datetime) -> bool:
        """Put it back as if it had not been claimed."""

    async def retry(self, job_id: int, *, now: datetime) -> bool:
        """Let a dead job be tried anew, its failures forgiven; False if it is not dead."""

    async def list_jobs(self, states: Collection[JobState], *, limit: int = 100) -> Sequence[Job]:
        """Return jobs in any of the states, the newest first."""

    async def counts(self) -> Mapping[tuple[str, JobState], int]:
        """Count the jobs by queue and state; what is not there is zero."""
