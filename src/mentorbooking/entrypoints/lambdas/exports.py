"""Exports of bookings, ordered by messages of the queue ``<prefix>-booking-exports``."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from mentorbooking.application.reactions import BOOKING_EXPORTS
from mentorbooking.entrypoints.aws.ground import aws_ground
from mentorbooking.entrypoints.aws.jobs import exports_of
from mentorbooking.entrypoints.lambdas.invocation import Invocation
from mentorbooking.entrypoints.lambdas.job_messages import JobMessages
from mentorbooking.entrypoints.lambdas.payloads import sqs_records, to_come_back
from mentorbooking.entrypoints.lambdas.working import Event, worker
from mentorbooking.entrypoints.settings import Settings


@asynccontextmanager
async def _opening(settings: Settings) -> AsyncIterator[JobMessages]:
    async with aws_ground(settings) as ground:
        yield await JobMessages.of(ground, BOOKING_EXPORTS, await exports_of(ground))


async def _export(exports: JobMessages, event: Event, invocation: Invocation) -> dict[str, Any]:
    return to_come_back(await exports.work_off(sqs_records(event), invocation))


handler = worker("exports", _opening, _export)
