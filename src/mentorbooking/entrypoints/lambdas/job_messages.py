"""Doing jobs when messages name them: one for each message, then the message is settled.

What a message says is only that there is something to do: what has been due for longest is
done. So a batch does as many jobs as it has messages, whichever they are.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import msgspec
import structlog

from mentorbooking.adapters.job_queue.sqs.job_queue import SQSJobQueue
from mentorbooking.adapters.job_queue.sqs.wake_ups import JobWakeUps, WakeUp
from mentorbooking.application.jobs.runner import JobHandler, JobRunner
from mentorbooking.application.ports.unavailable import StoreUnavailable
from mentorbooking.application.trying_again.fault_notes import fault_note
from mentorbooking.entrypoints.aws.ground import AwsGround
from mentorbooking.entrypoints.aws.job_queues import jobs_of
from mentorbooking.entrypoints.lambdas.invocation import Invocation
from mentorbooking.entrypoints.lambdas.payloads import SqsRecord

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class JobMessages:
    """The jobs of one queue."""

    base: AwsGround
    name: str
    queue: SQSJobQueue
    runner: JobRunner
    wake_ups: JobWakeUps

    @classmethod
    async def of(cls, base: AwsGround, name: str, handler: JobHandler) -> Self:
        queue = await jobs_of(base)
        runner = JobRunner(queue, {name: handler}, base.clock, chance=random.random)
        wake_ups = JobWakeUps(queue.records, queue.client, queue.client, queue.urls)
        return cls(base, name, queue, runner, wake_ups)

    async def work_off(
        self, records: Sequence[SqsRecord], invocation: Invocation
    ) -> Sequence[SqsRecord]:
        """Do a job for each; return the messages whose jobs are not over."""
        left = [each for each in records if not await self._is_over(each, invocation)]
        invocation.metrics.add("MessagesNotDone", len(left))
        return left

    async def do_one(self, invocation: Invocation) -> bool:
        """Do the job that is due first; False if there is none."""
        did = await self.runner.run_one(invocation.stop)
        invocation.metrics.add("JobsTaken", int(did))
        return did

    async def _is_over(self, record: SqsRecord, invocation: Invocation) -> bool:
        if invocation.stop.is_set():
            return False
        try:
            wake_up = WakeUp.of(
                record.body, receipt=record.receipt_handle, received=record.received
            )
            if wake_up.about.queue != self.name:
                raise msgspec.ValidationError(f"this is not about {self.name}")
            await self.do_one(invocation)
            return await self.wake_ups.settle(wake_up, now=self.base.clock.now())
        except (msgspec.DecodeError, StoreUnavailable) as error:
            _log.warning("message_not_done", message=record.message_id, error=fault_note(error))
            return False
