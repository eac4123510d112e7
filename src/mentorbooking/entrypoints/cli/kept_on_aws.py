"""What is kept on AWS: there is no data directory, and a secret only for ``core``."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Final

from mentorbooking.entrypoints.aws.ground import AwsGround, aws_ground
from mentorbooking.entrypoints.cli.kept import Kept, Registered
from mentorbooking.entrypoints.settings import Settings

if TYPE_CHECKING:
    from mentorbooking.adapters.persistence.chain import Checkpoint, Verification
    from mentorbooking.application.ports.event_log import EventLog
    from mentorbooking.application.ports.job_queue import JobQueue
    from mentorbooking.application.ports.outbox_ledger import OutboxLedger
    from mentorbooking.entrypoints.cli.opened_core import OpenedCore
    from mentorbooking.entrypoints.cli.progress import Tell

PATIENCE_SECONDS: Final = 3.0
"""Who runs elsewhere can't be seen from here; a worker takes up what is asked for in less."""


class KeptOnAws(Kept):
    """Everything was made by ``mentorbooking aws init``."""

    def __init__(self, settings: Settings, stack: AsyncExitStack) -> None:
        self._settings = settings
        self._stack = stack
        self._opened_ground: AwsGround | None = None

    async def log(self) -> EventLog:
        return (await self._ground()).log

    async def verify(
        self, checkpoint: Checkpoint | None, progress: Callable[[int, int], object]
    ) -> Verification:
        from mentorbooking.adapters.event_store.refolding import is_refolded
        from mentorbooking.adapters.persistence.dynamodb_log.verification.chains import verify
        from mentorbooking.adapters.persistence.dynamodb_log.verification.streams import (
            Walked,
            verify_streams,
        )

        log = (await self._ground()).dynamodb_log
        walked, head = Walked(secrets.token_bytes(32)), await log.head()
        found = await verify(log, checkpoint, lambda done: progress(done, 2 * head), walked=walked)
        if found.broken:
            return found
        streams = await verify_streams(
            log, walked, is_refolded, lambda done: progress(head + done, 2 * head)
        )
        return found._replace(streams=streams)

    async def jobs(self) -> JobQueue:
        from mentorbooking.entrypoints.aws.job_queues import jobs_of

        return await jobs_of(await self._ground())

    async def outbox(self) -> OutboxLedger:
        from mentorbooking.adapters.work.dynamodb.outbox_ledger import DynamoDBOutboxLedger

        return DynamoDBOutboxLedger((await self._ground()).work)

    async def read_models(self) -> Mapping[str, Registered]:
        from mentorbooking.adapters.read_models.dynamodb.registry import read_registry

        registry = await read_registry((await self._ground()).views_table)
        return {
            name: Registered(standing.generation, standing.position, standing.error)
            for name, standing in registry.standings.items()
        }

    async def rebuild(self, names: Sequence[str], tell: Tell) -> str | None:
        from mentorbooking.entrypoints.cli.rebuilding_on_aws import rebuild

        return await rebuild(await self._ground(), names, tell)

    async def core(self) -> OpenedCore:
        from mentorbooking.adapters.observability.logging import configure_logging
        from mentorbooking.entrypoints.aws.foundation import aws_foundation
        from mentorbooking.entrypoints.cli.opened_core import OpenedCore
        from mentorbooking.entrypoints.core_without_lists import core_without_lists

        configure_logging(level="warning", layout=self._settings.log_format)
        base = await self._stack.enter_async_context(aws_foundation(self._settings))
        core = self._stack.enter_context(core_without_lists(base))
        return OpenedCore(base, core, others_work=lambda quiet: quiet < PATIENCE_SECONDS)

    async def _ground(self) -> AwsGround:
        if self._opened_ground is None:
            opening = aws_ground(self._settings)
            self._opened_ground = await self._stack.enter_async_context(opening)
        return self._opened_ground
