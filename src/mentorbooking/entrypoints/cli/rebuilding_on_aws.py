"""Read models on AWS made anew: by whoever projects, or here where nobody does."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Final

from mentorbooking.adapters.observability.logging import configure_logging
from mentorbooking.adapters.read_models.dynamodb.projector import DEAD_SECONDS
from mentorbooking.adapters.read_models.dynamodb.registry import NOBODY, read_registry
from mentorbooking.adapters.read_models.dynamodb.table import ViewsTable
from mentorbooking.adapters.work.dynamodb.control_requests import DynamoDBControlRequests
from mentorbooking.application.ports.control_requests import ControlRequest, ControlState
from mentorbooking.entrypoints.aws.ground import AwsGround
from mentorbooking.entrypoints.aws.projecting import run_projections
from mentorbooking.entrypoints.cli.progress import Tell
from mentorbooking.entrypoints.cli.rebuilding import ask_for_rebuilds

IGNORED_SECONDS: Final = 60.0
"""After so long it is plain that who projects does not listen, as functions do not."""


async def rebuild(base: AwsGround, names: Sequence[str], tell: Tell) -> str | None:
    """Rebuild them and return what went wrong, if anything did."""
    configure_logging(level="warning")
    control = DynamoDBControlRequests(base.work)
    async with asyncio.TaskGroup() as tasks:
        stand_in = _StandIn(base, tasks)
        try:
            await stand_in.look(())
            return await ask_for_rebuilds(control, base.clock, names, tell, trouble=stand_in.look)
        finally:
            stand_in.stop.set()


class _StandIn:
    """Projects in this process as soon as nobody else does what was asked for."""

    def __init__(self, base: AwsGround, tasks: asyncio.TaskGroup) -> None:
        self.stop = asyncio.Event()
        self._base = base
        self._tasks = tasks
        self._others = _Others(base.views_table)
        self._heard_at = time.monotonic()
        self._here: asyncio.Task[None] | None = None

    async def look(self, asked: Sequence[ControlRequest]) -> None:
        """Begin, if it is time to; there is never a reason to give up."""
        now = time.monotonic()
        if any(request.state is not ControlState.REQUESTED for request in asked):
            self._heard_at = now
        ignored = now - self._heard_at > IGNORED_SECONDS
        at_it = self._here is not None and not self._here.done()
        if not at_it and (ignored or not await self._others.project()):
            self._here = self._tasks.create_task(self._project())

    async def _project(self) -> None:
        await run_projections(self._base, self.stop)


class _Others:
    """Whether another process projects: it says so in the registry every few seconds."""

    def __init__(self, views: ViewsTable) -> None:
        self._views = views
        self._seen = (-1, 0.0)

    async def project(self) -> bool:
        registry, now = await read_registry(self._views), time.monotonic()
        if registry.version != self._seen[0]:
            self._seen = registry.version, now
        return registry.owner != NOBODY and now - self._seen[1] < DEAD_SECONDS
