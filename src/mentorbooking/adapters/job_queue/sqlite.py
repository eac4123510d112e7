"""``JobQueue`` in the work file.

A claim is one transaction that takes the write lock when it begins, so two workers never get
the same job. Jobs that are done are remembered for a month, far longer than anything can
enqueue them again.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from mentorbooking.adapters.instants import instant, microseconds
from mentorbooking.adapters.work.sqlite.database import Schema, WorkDatabase
from mentorbooking.application.ports.job_queue import Job, JobQueue, JobState

REMEMBERED: Final = timedelta(days=30)

JOBS: Final = Schema(
    "jobs",
    (
        """
        CREATE TABLE jobs (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            queue TEXT NOT NULL,
            key TEXT NOT NULL,
            payload BLOB NOT NULL,
            state TEXT NOT NULL,
            attempts INTEGER NOT NULL,
            claim INTEGER NOT NULL,
            enqueued_at INTEGER NOT NULL,
            due_at INTEGER,
            finished_at INTEGER,
            last_error TEXT,
            UNIQUE (queue, key)
        )
        """,
        "CREATE INDEX jobs_by_due_time ON jobs (due_at, id) WHERE due_at IS NOT NULL",
        "CREATE INDEX jobs_done ON jobs (finished_at) WHERE state = 'done'",
    ),
)

_ENQUEUE = """
    INSERT INTO jobs (queue, key, payload, state, attempts, claim, enqueued_at, due_at)
    VALUES (:queue, :key, :payload, 'queued', 0, 0, :now, :now)
    ON CONFLICT (queue, key) DO NOTHING
"""
_CLAIMABLE = """
    SELECT id FROM jobs
    WHERE due_at <= :now AND queue IN (SELECT value FROM json_each(:queues))
    ORDER BY due_at, id LIMIT 1
"""
_CLAIM = """
    UPDATE jobs
    SET state = 'running', attempts = attempts + 1, claim = claim + 1, due_at = :lease_end
    WHERE id = :id
    RETURNING *
"""
_RENEW = """
    UPDATE jobs SET due_at = :lease_end
    WHERE id = :id AND claim = :claim AND state = 'running'
"""
_COMPLETE = """
    UPDATE jobs SET state = 'done', due_at = NULL, finished_at = :now
    WHERE id = :id AND claim = :claim AND state = 'running'
"""
_POSTPONE = """
    UPDATE jobs SET state = 'queued', due_at = :retry_at, last_error = :error
    WHERE id = :id AND claim = :claim AND state = 'running'
"""
_BURY = """
    UPDATE jobs SET state = 'dead', due_at = NULL, finished_at = :now, last_error = :error
    WHERE id = :id AND claim = :claim AND state = 'running'
"""
_GIVE_BACK = """
    UPDATE jobs SET state = 'queued', due_at = :now, attempts = attempts - 1
    WHERE id = :id AND claim = :claim AND state = 'running'
"""
_RETRY = """
    UPDATE jobs SET state = 'queued', due_at = :now, attempts = 0, finished_at = NULL
    WHERE id = :id AND state = 'dead'
"""
_FORGET = "DELETE FROM jobs WHERE state = 'done' AND finished_at < :before"
_LIST = """
    SELECT * FROM jobs WHERE state IN (SELECT value FROM json_each(:states))
    ORDER BY id DESC LIMIT :limit
"""


def enqueue(
    connection: sqlite3.Connection, queue: str, key: str, payload: bytes, *, now: datetime
) -> bool:
    """Add a job within the caller's transaction; False if the queue has had this key before."""
    values = {"queue": queue, "key": key, "payload": payload, "now": microseconds(now)}
    return connection.execute(_ENQUEUE, values).rowcount == 1


@dataclass(frozen=True, slots=True)
class SQLiteJobQueue(JobQueue):
    database: WorkDatabase

    async def enqueue(self, queue: str, key: str, payload: bytes, *, now: datetime) -> bool:
        return await self.database.write(
            lambda connection: enqueue(connection, queue, key, payload, now=now)
        )

    async def claim(
        self, queues: Collection[str], *, now: datetime, lease: timedelta
    ) -> Job | None:
        wanted = {"queues": json.dumps(list(queues)), "now": microseconds(now)}

        def look(connection: sqlite3.Connection) -> Any:
            return connection.execute(_CLAIMABLE, wanted).fetchone()

        def take(connection: sqlite3.Connection) -> Any:
            found = look(connection)
            if found is None:
                return None
            values = {"id": found[0], "lease_end": microseconds(now + lease)}
            return connection.execute(_CLAIM, values).fetchone()

        if await self.database.read(look) is None:  # mostly so: spare the write lock
            return None
        row = await self.database.write(take)
        return _job(row) if row else None

    async def heartbeat(self, job: Job, *, now: datetime, lease: timedelta) -> bool:
        return await self._change(_RENEW, job, lease_end=microseconds(now + lease))

    async def complete(self, job: Job, *, now: datetime) -> bool:
        def work(connection: sqlite3.Connection) -> bool:
            connection.execute(_FORGET, {"before": microseconds(now - REMEMBERED)})
            return _changed(connection, _COMPLETE, job, now=microseconds(now))

        return await self.database.write(work)

    async def fail(self, job: Job, error: str, *, now: datetime, retry_at: datetime | None) -> bool:
        if retry_at is None:
            return await self._change(_BURY, job, now=microseconds(now), error=error)
        return await self._change(_POSTPONE, job, retry_at=microseconds(retry_at), error=error)

    async def give_back(self, job: Job, *, now: datetime) -> bool:
        return await self._change(_GIVE_BACK, job, now=microseconds(now))

    async def retry(self, job_id: int, *, now: datetime) -> bool:
        values = {"id": job_id, "now": microseconds(now)}
        return await self.database.write(
            lambda connection: connection.execute(_RETRY, values).rowcount == 1
        )

    async def list_jobs(self, states: Collection[JobState], *, limit: int = 100) -> Sequence[Job]:
        values = {"states": json.dumps(list(states)), "limit": limit}
        rows = await self.database.read(
            lambda connection: connection.execute(_LIST, values).fetchall()
        )
        return [_job(row) for row in rows]

    async def counts(self) -> Mapping[tuple[str, JobState], int]:
        rows = await self.database.read(
            lambda connection: connection.execute(
                "SELECT queue, state, count(*) FROM jobs GROUP BY queue, state"
            ).fetchall()
        )
        return {(queue, JobState(state)): count for queue, state, count in rows}

    async def _change(self, statement: str, job: Job, **values: int | str) -> bool:
        return await self.database.write(
            lambda connection: _changed(connection, statement, job, **values)
        )


def _changed(connection: sqlite3.Connection, statement: str, job: Job, **values: int | str) -> bool:
    values |= {"id": job.id, "claim": job.claim}
    return connection.execute(statement, values).rowcount == 1


def _job(row: tuple[Any, ...]) -> Job:
    job_id, queue, key, payload, state, attempts, claim, enqueued, due, finished, error = row
    return Job(
        id=job_id,
        queue=queue,
        key=key,
        payload=payload,
        state=JobState(state),
        attempts=attempts,
        claim=claim,
        enqueued_at=instant(enqueued),
        due_at=instant(due),
        finished_at=instant(finished),
        last_error=error,
    )
