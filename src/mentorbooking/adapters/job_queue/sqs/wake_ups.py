"""What becomes of the messages that name jobs.

A message is deleted when its job is over, and until then hidden for as long as nothing is to be
done: until the job is due again, or its worker's lease has ended. So it comes back when that
worker has died. It says nothing that the record doesn't, and one too many does no harm.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

import msgspec
import structlog
from botocore.exceptions import ClientError

from mentorbooking.adapters.aws.clients import WhenNeeded
from mentorbooking.adapters.aws.failures import failure_code
from mentorbooking.adapters.aws.unavailable import as_store_unavailable
from mentorbooking.adapters.job_queue.sqs.job_queue import JobNamed
from mentorbooking.adapters.job_queue.sqs.records import JobRecords
from mentorbooking.application.ports.clock import Clock
from mentorbooking.application.ports.job_queue import Job, JobState
from mentorbooking.application.ports.unavailable import StoreUnavailable
from mentorbooking.application.trying_again.fault_notes import fault_note
from mentorbooking.application.trying_again.waiting import wait_for_any

if TYPE_CHECKING:
    from types_aiobotocore_sqs import SQSClient

T = TypeVar("T")

LONGEST_POLL: Final = timedelta(seconds=20)
LOOK_AGAIN: Final = timedelta(seconds=30)
"""After so long, times the receptions so far, it is looked whether a job gets on."""

_AT_ONCE: Final = 10
_PAUSE: Final = timedelta(seconds=5)
_LONGEST_HIDDEN: Final = timedelta(hours=11)
_GONE: Final = {"ReceiptHandleIsInvalid", "MessageNotInflight", "InvalidParameterValue"}

_log = structlog.get_logger(__name__)


class WakeUp(msgspec.Struct, frozen=True, kw_only=True):
    """A message received. ``received`` counts how often, this time included."""

    about: JobNamed
    receipt: str
    received: int

    @classmethod
    def of(cls, body: str, *, receipt: str, received: int) -> Self:
        """Read a message; ``msgspec.DecodeError`` if it is none of ours."""
        about = msgspec.json.decode(body, type=JobNamed)
        return cls(about=about, receipt=receipt, received=received)


@dataclass(frozen=True, slots=True)
class JobWakeUps:
    """``polling`` is a client that may wait for as long as SQS lets it; ``urls`` are as
    ``SQSJobQueue`` has them.
    """

    records: JobRecords
    client: SQSClient
    polling: SQSClient
    urls: WhenNeeded[Mapping[str, str]]

    async def listen(
        self, queue: str, wake: Callable[[], None], clock: Clock, stop: asyncio.Event
    ) -> None:
        """Call ``wake`` whenever there may be a job, until ``stop`` is set."""
        while not stop.is_set():
            try:
                for wake_up in await _unless(stop, self.receive(queue)) or ():
                    wake()
                    await self.settle(wake_up, now=clock.now())
            except StoreUnavailable as error:
                _log.warning("wake_ups_unavailable", queue=queue, error=fault_note(error))
                await wait_for_any(stop, at_most=_PAUSE)

    async def receive(self, queue: str, *, wait: timedelta = LONGEST_POLL) -> Sequence[WakeUp]:
        """Return messages, waiting for the first; others than ours go to the dead letters."""
        urls = await self.urls()
        with as_store_unavailable("the job queue"):
            answer = await self.polling.receive_message(
                QueueUrl=urls[queue],
                MaxNumberOfMessages=_AT_ONCE,
                WaitTimeSeconds=int(wait.total_seconds()),
                MessageSystemAttributeNames=["ApproximateReceiveCount"],
            )
        found = []
        for message in answer.get("Messages", ()):
            try:
                found.append(
                    WakeUp.of(
                        message["Body"],
                        receipt=message["ReceiptHandle"],
                        received=int(message["Attributes"]["ApproximateReceiveCount"]),
                    )
                )
            except msgspec.DecodeError as error:
                _log.warning("wake_up_not_read", queue=queue, error=fault_note(error))
        return found

    async def settle(self, wake_up: WakeUp, *, now: datetime) -> bool:
        """Delete a message whose job is over; else hide it for a while and return False."""
        job = await self.records.find_open(wake_up.about.queue, wake_up.about.job)
        url = (await self.urls())[wake_up.about.queue]
        where = {"QueueUrl": url, "ReceiptHandle": wake_up.receipt}
        with as_store_unavailable("the job queue"):
            try:
                if job is None:
                    await self.client.delete_message(**where)
                else:
                    hidden = min(_rest(job, wake_up.received, now), _LONGEST_HIDDEN)
                    await self.client.change_message_visibility(
                        **where, VisibilityTimeout=ceil(hidden.total_seconds())
                    )
            except ClientError as error:
                if failure_code(error) not in _GONE:  # else it is in other hands, or deleted
                    raise
        return job is None


def _rest(job: Job, received: int, now: datetime) -> timedelta:
    """Return for how long nothing is to be done about a job that is not over."""
    look_again = received * LOOK_AGAIN
    until_due = job.due_at - now if job.due_at else look_again
    if until_due <= timedelta(0):
        return look_again
    return max(until_due, look_again) if job.state is JobState.RUNNING else until_due


async def _unless(stop: asyncio.Event, work: Coroutine[Any, Any, T]) -> T | None:
    """Return what the work comes to; None if ``stop`` was set first."""
    working, stopping = asyncio.ensure_future(work), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        return working.result() if working.done() else None
    finally:
        working.cancel()
        stopping.cancel()
        await asyncio.wait({working, stopping})
