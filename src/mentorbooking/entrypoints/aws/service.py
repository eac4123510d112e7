"""The whole service on AWS in one process: the API, and all that works beside it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from mentorbooking.adapters.aws.topics import Topics
from mentorbooking.adapters.identity.passwords import Cost
from mentorbooking.adapters.messages.dynamodb.messages import DynamoDBMessages
from mentorbooking.adapters.read_models.dynamodb.models import views_over
from mentorbooking.adapters.subscriptions.sns import SNSSubscriptions
from mentorbooking.adapters.work.dynamodb.control_requests import DynamoDBControlRequests
from mentorbooking.application.ports.clock import Clock
from mentorbooking.entrypoints.aws.foundation import AwsFoundation, aws_foundation
from mentorbooking.entrypoints.aws.projecting import projector_of
from mentorbooking.entrypoints.composition import build_notifications
from mentorbooking.entrypoints.core_with_lists import core_with_lists
from mentorbooking.entrypoints.rebuilding import rebuild_when_asked
from mentorbooking.entrypoints.running import Loop, running_beside
from mentorbooking.entrypoints.service import Service
from mentorbooking.entrypoints.settings import Settings
from mentorbooking.entrypoints.subscribing import build_subscribing

if TYPE_CHECKING:
    from mentorbooking.entrypoints.aws.parts import Part


@asynccontextmanager
async def aws_service(
    settings: Settings,
    *,
    clock: Clock | None = None,
    password_cost: Cost | None = None,
    beside: Sequence[Part] | None = None,
    projects: bool = True,
) -> AsyncIterator[Service]:
    """Start everything but HTTP; stop it in the opposite order.

    ``beside`` are the parts that work in this process, all of them if none are named;
    ``projects``: so do the projections.
    """
    async with AsyncExitStack() as stack:
        base = await stack.enter_async_context(aws_foundation(settings, clock))
        projector = projector_of(base, works=projects)
        projector.start()
        stack.push_async_callback(projector.close)
        if projects:
            stack.callback(base.dynamodb_log.on_commit(lambda _: projector.wake()))
        views = views_over(base.views_table)
        core = stack.enter_context(core_with_lists(base, views, projector, password_cost))
        sns = base.clients.sns
        subscriptions = SNSSubscriptions(sns, Topics(sns, base.places.prefix))
        loops = [_on(base, part) for part in (_all_parts() if beside is None else beside)]
        if projects:
            requests = DynamoDBControlRequests(base.work)
            loops.append(lambda stop: rebuild_when_asked(requests, projector, base.clock, stop))
        async with running_beside(*loops):
            yield Service(
                base=base,
                core=core,
                views=views,
                projector=projector,
                followers=base.followers,
                notifications=build_notifications(base, DynamoDBMessages(base.work)),
                subscribing=build_subscribing(
                    base.aggregates, subscriptions, base.throttle, base.cursors
                ),
            )


def _all_parts() -> Sequence[Part]:
    """Import them: who answers requests only is there the sooner without."""
    from mentorbooking.entrypoints.aws.parts import BESIDE

    return BESIDE


def _on(base: AwsFoundation, part: Part) -> Loop:
    return lambda stop: part(base, stop)
