"""The messages that name jobs: sent, coming back while a job is not over, and lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from mentorbooking.adapters.aws.asked_once import AskedOnce
from mentorbooking.adapters.aws.clients import AwsClients
from mentorbooking.adapters.aws.queues import dead_letters_of
from mentorbooking.adapters.job_queue.sqs.job_queue import SQSJobQueue
from mentorbooking.adapters.job_queue.sqs.queues import (
    create_job_queues,
    job_queue_urls,
    queue_name,
)
from mentorbooking.adapters.job_queue.sqs.records import JobRecords
from mentorbooking.adapters.job_queue.sqs.wake_ups import LOOK_AGAIN, JobWakeUps, WakeUp
from mentorbooking.adapters.work.dynamodb.table import WorkTable
from mentorbooking.application.ports.job_queue import Job, JobState
from mentorbooking.application.ports.unavailable import StoreUnavailable
from tests.support.aws_servers import unique
from tests.support.failing_client import FailingClient, refusal
from tests.support.faulty_dynamodb import Real
from tests.support.fixed import NOW
from tests.support.moving_clock import MovingClock
from tests.support.patience import PATIENCE, SOON
from tests.support.work_table import new_job_queue

pytestmark = pytest.mark.anyio

LEASE = timedelta(seconds=30)
SECOND = timedelta(seconds=1)
NO_WAIT = timedelta(0)


class House:
    """A queue, what becomes of its messages, and how long they were hidden last."""

    def __init__(self, queue: SQSJobQueue, polling: Any) -> None:
        self.queue, self.client = queue, FailingClient(queue.client)
        failing: Any = self.client
        self.failing = SQSJobQueue(queue.records, failing, queue.urls)
        self.wake_ups = JobWakeUps(queue.records, failing, polling, queue.urls)

    async def received(self) -> list[WakeUp]:
        return list(await self.wake_ups.receive("exports", wait=NO_WAIT))

    async def the_one(self) -> WakeUp:
        (wake_up,) = await self.received()
        return wake_up

    async def claimed(self, after: timedelta = NO_WAIT) -> Job:
        job = await self.queue.claim(["exports"], now=NOW + after, lease=LEASE)
        assert job is not None
        return job

    async def hidden(self, wake_up: WakeUp, after: timedelta = NO_WAIT) -> int:
        """Settle a message whose job is not over; return for how many seconds it is away."""
        assert not await self.wake_ups.settle(wake_up, now=NOW + after)
        return int(self.client.requests["change_message_visibility"][-1]["VisibilityTimeout"])


@pytest.fixture
async def house(aws_clients: AwsClients) -> House:
    queue = await new_job_queue(aws_clients, ["exports"])
    return House(queue, await aws_clients.sqs_polling())


@pytest.fixture
async def stop() -> AsyncIterator[asyncio.Event]:
    stop = asyncio.Event()
    yield stop
    stop.set()


async def test_a_new_job_sends_a_message_that_names_it(house: House) -> None:
    await house.queue.enqueue("exports", "k", b"", now=NOW)

    wake_up = await house.the_one()

    assert (wake_up.about.queue, wake_up.about.job) == ("exports", (await house.claimed()).id)
    assert wake_up.received == 1


async def test_a_message_goes_when_its_job_is_over(house: House) -> None:
    await house.queue.enqueue("exports", "k", b"", now=NOW)
    wake_up = await house.the_one()
    await house.queue.complete(await house.claimed(), now=NOW)

    assert await house.wake_ups.settle(wake_up, now=NOW)
    assert len(house.client.requests["delete_message"]) == 1


async def test_a_message_is_away_until_its_job_is_due_again(house: House) -> None:
    await house.queue.enqueue("exports", "k", b"", now=NOW)
    wake_up = await house.the_one()
    await house.queue.fail(await house.claimed(), "away", now=NOW, retry_at=NOW + 90 * SECOND)

    assert await house.hidden(wake_up) == 90


async def test_a_message_comes_back_to_see_whether_the_worker_has_died(house: House) -> None:
    await house.queue.enqueue("exports", "k", b"", now=NOW)
    wake_up = await house.the_one()
    job = await house.claimed()

    assert await house.hidden(wake_up) == LEASE.total_seconds()
    await house.queue.heartbeat(job, now=NOW, lease=10 * LEASE)
    assert await house.hidden(wake_up) == 10 * LEASE.total_seconds()
    assert await house.hidden(wake_up, after=11 * LEASE) == LOOK_AGAIN.total_seconds()


async def test_who_takes_long_is_asked_ever_less_often(house: House) -> None:
    await house.queue.enqueue("exports", "k", b"", now=NOW)
    await house.claimed()
    wake_up = await house.the_one()

    often = WakeUp(about=wake_up.about, receipt=wake_up.receipt, received=10)

    assert await house.hidden(often) == 10 * LOOK_AGAIN.total_seconds()


async def test_a_message_that_is_in_other_hands_is_left_to_them(house: House) -> None:
    await house.queue.enqueue("exports", "k", b"", now=NOW)
    wake_up = await house.the_one()
    gone = refusal(house.queue.client, "ReceiptHandleIsInvalid")
    house.client.fail_next("change_message_visibility", gone)

    assert not await house.wake_ups.settle(wake_up, now=NOW)


async def test_a_message_that_was_not_sent_is_sent_when_the_job_is_asked_for_again(
    house: House,
) -> None:
    house.client.fail_next("send_message", refusal(house.queue.client, "ThrottlingException"))
    with pytest.raises(StoreUnavailable):
        await house.failing.enqueue("exports", "k", b"", now=NOW)

    assert not await house.failing.enqueue("exports", "k", b"", now=NOW)

    assert (await house.the_one()).about.job == (await house.claimed()).id


async def test_a_repeat_sends_no_message_for_what_is_under_way_or_over(house: House) -> None:
    await house.failing.enqueue("exports", "k", b"", now=NOW)
    job = await house.claimed()
    await house.failing.enqueue("exports", "k", b"", now=NOW)
    await house.queue.complete(job, now=NOW)
    await house.failing.enqueue("exports", "k", b"", now=NOW)

    assert len(house.client.requests["send_message"]) == 1


async def test_a_dead_job_that_is_retried_gets_a_message(house: House) -> None:
    await house.queue.enqueue("exports", "k", b"", now=NOW)
    job = await house.claimed()
    await house.queue.fail(job, "refused", now=NOW, retry_at=None)
    assert await house.wake_ups.settle(await house.the_one(), now=NOW)

    await house.queue.retry(job.id, now=NOW)

    assert (await house.the_one()).about.job == job.id


async def test_a_job_that_ends_while_jobs_are_listed_is_listed_once(house: House) -> None:
    await house.queue.enqueue("exports", "k", b"", now=NOW)
    job, table = await house.claimed(), house.queue.records.table
    client: Any = FailingClient(table.client)

    async def then_it_ends(real: Real, _: dict[str, Any]) -> Any:
        open_ones = await real()
        await house.queue.complete(job, now=NOW)
        return open_ones

    client.plan("query", then_it_ends)

    (listed,) = await JobRecords(WorkTable(client, table.name), ["exports"]).list_jobs(
        list(JobState)
    )

    assert listed.state is JobState.DONE


async def test_what_is_overdue_is_called_for_again(house: House) -> None:
    house.client.fail_next("send_message", refusal(house.queue.client, "ThrottlingException"))
    with pytest.raises(StoreUnavailable):
        await house.failing.enqueue("exports", "k", b"", now=NOW)

    assert await house.queue.wake_again(now=NOW + 9 * SECOND, overdue=10 * SECOND) == 0
    assert await house.queue.wake_again(now=NOW + 10 * SECOND, overdue=10 * SECOND) == 1
    assert (await house.the_one()).about.job == (await house.claimed()).id


async def test_a_message_of_somebody_else_is_left_alone(house: House) -> None:
    url = (await house.queue.urls())["exports"]
    await house.queue.client.send_message(QueueUrl=url, MessageBody="hello")

    assert await house.received() == []


async def test_who_listens_is_woken_and_stops_when_told(house: House, stop: asyncio.Event) -> None:
    woken = asyncio.Event()
    listening = asyncio.create_task(
        house.wake_ups.listen("exports", woken.set, MovingClock(), stop)
    )
    await house.queue.enqueue("exports", "k", b"", now=NOW)

    await asyncio.wait_for(woken.wait(), PATIENCE)
    stop.set()
    await asyncio.wait_for(listening, SOON)


async def test_who_listens_outlives_a_queue_that_is_away(
    house: House, stop: asyncio.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mentorbooking.adapters.job_queue.sqs.wake_ups._PAUSE", SECOND / 100)
    polling: Any = FailingClient(house.wake_ups.polling)
    polling.fail_next("receive_message", refusal(house.queue.client, "ServiceUnavailable"))
    wake_ups = JobWakeUps(house.queue.records, house.queue.client, polling, house.queue.urls)
    woken = asyncio.Event()
    await house.queue.enqueue("exports", "k", b"", now=NOW)

    listening = asyncio.create_task(wake_ups.listen("exports", woken.set, MovingClock(), stop))

    await asyncio.wait_for(woken.wait(), PATIENCE)
    stop.set()
    await listening


async def test_queues_are_made_once_and_lead_to_their_dead_letters(
    aws_clients: AwsClients,
) -> None:
    client, prefix = await aws_clients.sqs(), unique("jobs")
    urls = await create_job_queues(client, prefix, ["exports", "imports"])

    assert await create_job_queues(client, prefix, ["exports", "imports"]) == urls
    assert await job_queue_urls(client, prefix, ["exports", "imports"]) == urls
    assert urls["exports"].endswith(queue_name(prefix, "exports"))
    answer = await client.get_queue_attributes(
        QueueUrl=urls["exports"], AttributeNames=["RedrivePolicy"]
    )
    assert dead_letters_of(queue_name(prefix, "exports")) in answer["Attributes"]["RedrivePolicy"]


async def test_queues_that_were_not_made_are_unavailable(aws_clients: AwsClients) -> None:
    with pytest.raises(StoreUnavailable):
        await job_queue_urls(await aws_clients.sqs(), unique("none"), ["exports"])


async def test_a_job_is_kept_while_its_queue_can_not_be_asked_for(aws_clients: AwsClients) -> None:
    sqs, prefix = await aws_clients.sqs(), unique("jobs")
    urls = AskedOnce(partial(job_queue_urls, sqs, prefix, ["exports"]))
    known = await new_job_queue(aws_clients, ["exports"])
    queue = SQSJobQueue(known.records, sqs, urls)
    with pytest.raises(StoreUnavailable):
        await queue.enqueue("exports", "k", b"", now=NOW)
    await create_job_queues(sqs, prefix, ["exports"])

    assert not await queue.enqueue("exports", "k", b"", now=NOW)
    wake_ups = JobWakeUps(queue.records, sqs, await aws_clients.sqs_polling(), urls)
    assert len(await wake_ups.receive("exports", wait=NO_WAIT)) == 1


async def test_what_is_done_is_forgotten_after_a_month_with_its_key(house: House) -> None:
    await house.queue.enqueue("exports", "k", b"", now=NOW)
    job = await house.claimed()
    await house.queue.complete(job, now=NOW)

    table = house.queue.records.table
    items = [*await table.query("jobs#done"), *await table.query("job-key#exports#k")]
    month = str(int((NOW + timedelta(days=30)).timestamp()))
    assert [item["ttl"]["N"] for item in items] == [month, month]
    assert (await house.queue.counts()) == {("exports", JobState.DONE): 1}
