"""Read models on AWS made anew: by whoever projects, or here where nobody does."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from mentorbooking.adapters.observability.logging import configure_logging
from mentorbooking.adapters.read_models.dynamodb.projector import DEAD_SECONDS
from mentorbooking.adapters.read_models.dynamodb.registry import NOBODY, read_registry
from mentorbooking.adapters.read_models.dynamodb.table import ViewsTable
from mentorbooking.adapters.work.dynamodb_control import DynamoDBControlRequests
from mentorbooking.entrypoints.aws.foundation import AwsFoundation
from mentorbooking.entrypoints.aws.parts import run_projections
from mentorbooking.entrypoints.cli.progress import Tell
from mentorbooking.entrypoints.cli.rebuilding import ask_for_rebuilds


async def rebuild(base: AwsFoundation, names: Sequence[str], tell: Tell) -> str | None:
    """Rebuild them and return what went wrong, if anything did."""
    configure_logging(level="warning")
    control = DynamoDBControlRequests(base.work)
    async with _projecting_where_nobody_does(base) as trouble:
        return await ask_for_rebuilds(control, base.clock, names, tell, trouble=trouble)
