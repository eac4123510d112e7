"""The read models on AWS, kept up to date."""

from __future__ import annotations

import asyncio
import time

from mentorbooking.adapters.read_models.dynamodb.following import Following
from mentorbooking.adapters.read_models.dynamodb.models import all_models
from mentorbooking.adapters.read_models.dynamodb.projector import Projector
from mentorbooking.adapters.work.dynamodb.control_requests import DynamoDBControlRequests
from mentorbooking.entrypoints.aws.ground import AwsGround
from mentorbooking.entrypoints.rebuilding import rebuild_when_asked


def projector_of(base: AwsGround, *, works: bool = True) -> Projector:
    """Return what keeps the read models up to date, to be started and closed."""
    following = Following(
        base.views_table,
        all_models(),
        base.log,
        owner=base.owner,
        seconds=lambda: int(time.time()),
    )
    return Projector(following, works=works)


async def run_projections(base: AwsGround, stop: asyncio.Event) -> None:
    """Keep the read models up to date, and rebuild them when asked."""
    projector = projector_of(base)
    projector.start()
    try:
        await rebuild_when_asked(DynamoDBControlRequests(base.work), projector, base.clock, stop)
    finally:
        await projector.close()
