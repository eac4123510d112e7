"""What is kept on AWS: there is no data directory, and to read takes no secret."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Final

from mentorbooking.adapters.aws.clients import AwsClients
from mentorbooking.adapters.event_store.dynamodb_log import DynamoEventLog
from mentorbooking.adapters.persistence.dynamodb.log import DynamoLog
from mentorbooking.entrypoints.aws.places import JOB_QUEUES, aws_settings_of, places_of
from mentorbooking.entrypoints.cli.kept import Kept, Registered
from mentorbooking.entrypoints.settings import Settings

if TYPE_CHECKING:
    from types_aiobotocore_dynamodb import DynamoDBClient

    from mentorbooking.adapters.persistence.chain import Checkpoint, Verification
    from mentorbooking.adapters.work.dynamodb_table import WorkTable
    from mentorbooking.application.ports.job_queue import JobQueue
    from mentorbooking.application.ports.outbox_ledger import OutboxLedger
    from mentorbooking.entrypoints.cli.opened_core import OpenedCore
    from mentorbooking.entrypoints.cli.progress import Tell

PATIENCE_SECONDS: Final = 5.0
"""Nobody can see from here who runs; workers take up what is asked for in less."""


class KeptOnAws(Kept):
    """Everything was made by ``mentorbooking aws init``."""

    def __init__(self, settings: Settings, stack: AsyncExitStack) -> None:
        self._settings = settings
        self._stack = stack
        self._places = places_of(settings)
        self._clients: AwsClients | None = None

    async def log(self) -> DynamoEventLog:
        return DynamoEventLog(await self._log())

    async def verify(
        self, checkpoint: Checkpoint | None, progress: Callable[[int], object]
    ) -> Verification:
        from mentorbooking.adapters.persistence.dynamodb.verification import verify

        return await verify(await self._log(), checkpoint, progress)

    async def jobs(self) -> JobQueue:
        from mentorbooking.adapters.job_queue.dynamodb_records import JobRecords
        from mentorbooking.adapters.job_queue.sqs import SQSJobQueue
        from mentorbooking.adapters.job_queue.sqs_queues import job_queue_urls

        sqs = await (await self._opened_clients()).sqs()
        urls = await job_queue_urls(sqs, self._places.prefix, JOB_QUEUES)
        return SQSJobQueue(JobRecords(await self._work(), JOB_QUEUES), sqs, urls)

    async def outbox(self) -> OutboxLedger:
        from mentorbooking.adapters.work.dynamodb_outbox_ledger import DynamoDBOutboxLedger

        return DynamoDBOutboxLedger(await self._work())

    async def read_models(self) -> Mapping[str, Registered]:
        from mentorbooking.adapters.read_models.dynamodb.registry import read_registry
        from mentorbooking.adapters.read_models.dynamodb.table import ViewsTable

        registry = await read_registry(ViewsTable(await self._dynamodb(), self._places.views))
        return {
            name: Registered(standing.generation, standing.position, standing.error)
            for name, standing in registry.standings.items()
        }

    async def rebuild(self, names: Sequence[str], tell: Tell) -> str | None:
        from mentorbooking.entrypoints.aws.foundation import aws_foundation
        from mentorbooking.entrypoints.cli.rebuilding_on_aws import rebuild

        base = await self._stack.enter_async_context(aws_foundation(self._settings))
        return await rebuild(base, names, tell)

    async def core(self) -> OpenedCore:
        from mentorbooking.adapters.observability.logging import configure_logging
        from mentorbooking.entrypoints.aws.foundation import aws_foundation
        from mentorbooking.entrypoints.cli.opened_core import OpenedCore
        from mentorbooking.entrypoints.core_without_lists import core_without_lists

        configure_logging(level="warning", layout=self._settings.log_format)
        base = await self._stack.enter_async_context(aws_foundation(self._settings))
        core = self._stack.enter_context(core_without_lists(base))
        return OpenedCore(base, core, others_work=lambda quiet: quiet < PATIENCE_SECONDS)

    async def _opened_clients(self) -> AwsClients:
        if self._clients is None:
            clients = AwsClients(aws_settings_of(self._settings))
            self._clients = await self._stack.enter_async_context(clients)
        return self._clients

    async def _dynamodb(self) -> DynamoDBClient:
        return await (await self._opened_clients()).dynamodb()

    async def _log(self) -> DynamoLog:
        return DynamoLog(await self._dynamodb(), self._places.log)

    async def _work(self) -> WorkTable:
        from mentorbooking.adapters.work.dynamodb_table import WorkTable

        return WorkTable(await self._dynamodb(), self._places.work)
