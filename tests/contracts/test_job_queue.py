"""What every JobQueue promises. Add an adapter: add it to the fixture."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import anyio
import pytest

from mentorbooking.adapters.job_queue.sqlite import JOBS, SQLiteJobQueue
from mentorbooking.adapters.work.sqlite.database import WorkDatabase
from mentorbooking.application.ports.job_queue import Job, JobQueue, JobState
from tests.support.fixed import NOW
from tests.support.work_table import open_job_queue

pytestmark = pytest.mark.anyio

LEASE = timedelta(seconds=30)
SECOND = timedelta(seconds=1)


@pytest.fixture(params=["sqlite", "sqs"])
async def queue(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[JobQueue]:
    if request.param == "sqlite":
        database = WorkDatabase(tmp_path / "work.db", [JOBS])
        yield SQLiteJobQueue(database)
        database.close()
    else:
        async with open_job_queue(request, ["exports", "imports"]) as queue:
            yield queue


async def claimed(queue: JobQueue, *, after: timedelta = timedelta(0)) -> Job:
    job = await queue.claim(["exports"], now=NOW + after, lease=LEASE)
    assert job is not None
    return job


async def only_job(queue: JobQueue) -> Job:
    (job,) = await queue.list_jobs(list(JobState))
    return job


async def test_a_job_is_claimed_as_it_was_enqueued(queue: JobQueue) -> None:
    await queue.enqueue("exports", "export_1", b'{"subject":"export_1"}', now=NOW)

    job = await claimed(queue)

    assert (job.queue, job.key, job.payload) == ("exports", "export_1", b'{"subject":"export_1"}')
    assert (job.state, job.attempts, job.enqueued_at) == (JobState.RUNNING, 1, NOW)


async def test_the_same_key_is_enqueued_once_per_queue(queue: JobQueue) -> None:
    assert await queue.enqueue("exports", "k", b"first", now=NOW)
    assert not await queue.enqueue("exports", "k", b"second", now=NOW)
    assert await queue.enqueue("imports", "k", b"third", now=NOW)

    assert (await claimed(queue)).payload == b"first"


async def test_a_key_that_is_done_is_still_known(queue: JobQueue) -> None:
    await queue.enqueue("exports", "k", b"", now=NOW)
    await queue.complete(await claimed(queue), now=NOW)

    assert not await queue.enqueue("exports", "k", b"", now=NOW + timedelta(days=1))
    assert await queue.claim(["exports"], now=NOW + timedelta(days=1), lease=LEASE) is None


async def test_only_the_queues_asked_for_are_served(queue: JobQueue) -> None:
    await queue.enqueue("imports", "k", b"", now=NOW)

    assert await queue.claim(["exports"], now=NOW, lease=LEASE) is None
    assert await queue.claim(["exports", "imports"], now=NOW, lease=LEASE) is not None


async def test_the_job_that_waited_longest_comes_first(queue: JobQueue) -> None:
    await queue.enqueue("exports", "later", b"", now=NOW + SECOND)
    await queue.enqueue("exports", "sooner", b"", now=NOW)

    assert (await claimed(queue, after=2 * SECOND)).key == "sooner"
    assert (await claimed(queue, after=2 * SECOND)).key == "later"


async def test_of_many_who_claim_at_once_each_job_goes_to_one(queue: JobQueue) -> None:
    for number in range(10):
        await queue.enqueue("exports", f"k{number}", b"", now=NOW)
    keys: list[str] = []

    async def claim_some() -> None:
        while job := await queue.claim(["exports"], now=NOW, lease=LEASE):
            keys.append(job.key)

    async with anyio.create_task_group() as group:
        for _ in range(5):
            group.start_soon(claim_some)

    assert sorted(keys) == sorted(f"k{number}" for number in range(10))


async def test_nobody_else_gets_a_claimed_job_until_its_lease_ends(queue: JobQueue) -> None:
    await queue.enqueue("exports", "k", b"", now=NOW)
    await claimed(queue)

    assert await queue.claim(["exports"], now=NOW + LEASE - SECOND, lease=LEASE) is None
    again = await claimed(queue, after=LEASE)
    assert (again.key, again.attempts) == ("k", 2)


async def test_a_heartbeat_renews_the_lease(queue: JobQueue) -> None:
    await queue.enqueue("exports", "k", b"", now=NOW)
    job = await claimed(queue)

    assert await queue.heartbeat(job, now=NOW + LEASE / 2, lease=LEASE)

    assert await queue.claim(["exports"], now=NOW + LEASE, lease=LEASE) is None
    assert await queue.claim(["exports"], now=NOW + 2 * LEASE, lease=LEASE) is not None


async def test_a_worker_given_up_for_dead_has_no_say_any_more(queue: JobQueue) -> None:
    await queue.enqueue("exports", "k", b"", now=NOW)
    slow = await claimed(queue)
    quick = await claimed(queue, after=LEASE)

    assert not await queue.heartbeat(slow, now=NOW + LEASE, lease=LEASE)
    assert not await queue.complete(slow, now=NOW + LEASE)
    assert not await queue.fail(slow, "too late", now=NOW + LEASE, retry_at=None)
    assert not await queue.give_back(slow, now=NOW + LEASE)
    assert (await only_job(queue)).state is JobState.RUNNING
    assert await queue.complete(quick, now=NOW + LEASE)


async def test_a_failed_job_waits_until_it_is_due_again(queue: JobQueue) -> None:
    await queue.enqueue("exports", "k", b"", now=NOW)
    job = await claimed(queue)

    await queue.fail(job, "OSError: disk full", now=NOW, retry_at=NOW + 5 * SECOND)

    assert await queue.claim(["exports"], now=NOW + 4 * SECOND, lease=LEASE) is None
    again = await claimed(queue, after=5 * SECOND)
    assert (again.attempts, again.last_error) == (2, "OSError: disk full")


async def test_a_job_given_up_is_dead_and_says_why(queue: JobQueue) -> None:
    await queue.enqueue("exports", "k", b"", now=NOW)

    await queue.fail(await claimed(queue), "ValueError", now=NOW, retry_at=None)

    assert await queue.claim(["exports"], now=NOW + timedelta(days=9), lease=LEASE) is None
    (dead,) = await queue.list_jobs([JobState.DEAD])
    assert (dead.key, dead.last_error, dead.finished_at) == ("k", "ValueError", NOW)


async def test_a_dead_job_can_be_retried_with_its_failures_forgiven(queue: JobQueue) -> None:
    await queue.enqueue("exports", "k", b"", now=NOW)
    await queue.fail(await claimed(queue), "ValueError", now=NOW, retry_at=None)

    assert await queue.retry((await only_job(queue)).id, now=NOW)

    assert (await claimed(queue)).attempts == 1


async def test_only_dead_jobs_can_be_retried(queue: JobQueue) -> None:
    await queue.enqueue("exports", "k", b"", now=NOW)

    assert not await queue.retry((await only_job(queue)).id, now=NOW)
    assert not await queue.retry(999, now=NOW)


async def test_a_job_given_back_was_never_claimed(queue: JobQueue) -> None:
    await queue.enqueue("exports", "k", b"", now=NOW)

    await queue.give_back(await claimed(queue), now=NOW)

    again = await claimed(queue)
    assert (again.attempts, again.last_error) == (1, None)


async def test_jobs_are_counted_by_queue_and_state(queue: JobQueue) -> None:
    for key in ("a", "b", "c"):
        await queue.enqueue("exports", key, b"", now=NOW)
    await queue.enqueue("imports", "a", b"", now=NOW)
    await queue.complete(await claimed(queue), now=NOW)
    await queue.fail(await claimed(queue), "x", now=NOW, retry_at=None)

    assert await queue.counts() == {
        ("exports", JobState.DONE): 1,
        ("exports", JobState.DEAD): 1,
        ("exports", JobState.QUEUED): 1,
        ("imports", JobState.QUEUED): 1,
    }


async def test_the_newest_jobs_are_listed_first_and_no_more_than_asked(queue: JobQueue) -> None:
    for key in ("a", "b", "c"):
        await queue.enqueue("exports", key, b"", now=NOW)

    listed = await queue.list_jobs([JobState.QUEUED], limit=2)

    assert [job.key for job in listed] == ["c", "b"]
