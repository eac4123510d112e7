"""The outbox: sends what others wait for, until nothing is left.

Woken by the stream of the log's table, or by the time; what woke it is not looked at.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

from mentorbooking.adapters.work.dynamodb.lease import Lease
from mentorbooking.application.outbox.relay import OutboxRelay
from mentorbooking.entrypoints.aws.ground import aws_ground
from mentorbooking.entrypoints.aws.relaying import outbox_lease, relay_of
from mentorbooking.entrypoints.lambdas.invocation import Invocation
from mentorbooking.entrypoints.lambdas.taking_turns import in_turn
from mentorbooking.entrypoints.lambdas.working import Event, worker
from mentorbooking.entrypoints.settings import Settings


class _Outbox(NamedTuple):
    relay: OutboxRelay
    lease: Lease


@asynccontextmanager
async def _opening(settings: Settings) -> AsyncIterator[_Outbox]:
    async with aws_ground(settings) as ground:
        yield _Outbox(await relay_of(ground), outbox_lease(ground))


async def _relay(outbox: _Outbox, event: Event, invocation: Invocation) -> None:  # noqa: ARG001
    async def until_nothing_is_left(enough: asyncio.Event) -> None:
        invocation.metrics.add("EventsSentAgain", await outbox.relay.retry_parked())
        while not enough.is_set() and (relayed := await outbox.relay.relay_batch()):
            invocation.metrics.add("EventsRelayed", relayed)

    invocation.metrics.add("EventsRelayed", 0)
    await in_turn(outbox.lease, until_nothing_is_left, invocation.stop)


handler = worker("outbox", _opening, _relay)
