"""The read models: brings them forward to the head of the log, or as far as time allows.

Woken by the stream of the log's table, or by the time; what woke it is not looked at. The
projector stays in charge while Lambda stops the process between invocations. However many lanes
the log has, there is one order of it, and one projector for that. Read models are rebuilt here too
when that is asked for; a log that takes longer than a function may run needs ``mentorbooking worker
projections``.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

from mentorbooking.adapters.read_models.dynamodb.projector import Projector
from mentorbooking.adapters.work.dynamodb.control_requests import DynamoDBControlRequests
from mentorbooking.application.ports.control_requests import ControlRequests
from mentorbooking.entrypoints.aws.ground import AwsGround, aws_ground
from mentorbooking.entrypoints.aws.projecting import projector_of
from mentorbooking.entrypoints.lambdas.invocation import Invocation
from mentorbooking.entrypoints.lambdas.working import Event, worker
from mentorbooking.entrypoints.rebuilding import rebuild_if_asked
from mentorbooking.entrypoints.settings import Settings


class _Projecting(NamedTuple):
    base: AwsGround
    projector: Projector
    requests: ControlRequests


@asynccontextmanager
async def _opening(settings: Settings) -> AsyncIterator[_Projecting]:
    async with aws_ground(settings) as ground:
        requests = DynamoDBControlRequests(ground.work)
        await requests.resume()
        projector = projector_of(ground)
        projector.start()
        try:
            yield _Projecting(ground, projector, requests)
        finally:
            await projector.close()


async def _project(
    projecting: _Projecting,
    event: Event,  # noqa: ARG001
    invocation: Invocation,
) -> None:
    base, projector, requests = projecting
    while await rebuild_if_asked(requests, projector, base.clock):
        pass
    head = await base.log.head()
    projector.wake()
    await projector.wait_for(tuple(projector.positions()), head, invocation.seconds_to_work)
    states = await projector.states()
    invocation.metrics.add("EventsNotProjected", head - min(state.position for state in states))
    stopped = [state.name for state in states if state.state != "running"]
    invocation.metrics.add("ProjectionsStopped", len(stopped))


handler = worker("projector", _opening, _project)
