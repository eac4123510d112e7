"""Imports of mentors, begun by the bucket when a file was uploaded.

The event of the bucket may be quicker than the outbox, which puts a job for each import into the
queue; then the job is put there now. It is one job, by its key, whoever is first. An import that
is not done with by the end of the invocation has its message in ``<prefix>-mentor-imports``, which
wakes this function too.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import structlog

from mentorbooking.application.files.storage_keys import import_of
from mentorbooking.application.outbox.delivery import Delivery
from mentorbooking.application.reactions import MENTOR_IMPORTS
from mentorbooking.entrypoints.aws.ground import aws_ground
from mentorbooking.entrypoints.aws.jobs import imports_of
from mentorbooking.entrypoints.lambdas.invocation import Invocation
from mentorbooking.entrypoints.lambdas.job_messages import JobMessages
from mentorbooking.entrypoints.lambdas.payloads import created_objects, sqs_records, to_come_back
from mentorbooking.entrypoints.lambdas.working import Event, worker
from mentorbooking.entrypoints.settings import Settings

_log = structlog.get_logger(__name__)


class _Imports(NamedTuple):
    jobs: JobMessages
    delivery: Delivery


@asynccontextmanager
async def _opening(settings: Settings) -> AsyncIterator[_Imports]:
    async with aws_ground(settings) as ground:
        jobs = await JobMessages.of(ground, MENTOR_IMPORTS, await imports_of(ground))
        yield _Imports(jobs, Delivery(None, jobs.queue, ground.clock, settings.public_url))


async def _import(imports: _Imports, event: Event, invocation: Invocation) -> dict[str, Any]:
    for key in created_objects(event):
        if await _is_ordered(imports, key):
            await imports.jobs.do_one(invocation)
    return to_come_back(await imports.jobs.work_off(sqs_records(event), invocation))


async def _is_ordered(imports: _Imports, key: str) -> bool:
    """Put the job of an uploaded file into its queue, if it isn't there.

    The file is there a moment before its import is asked for. Who finds no import leaves it to
    the outbox; so it does what nobody has asked for, as when the API has died in that moment.
    """
    import_id = import_of(key)
    recorded = await imports.jobs.base.log.read_stream(import_id) if import_id else ()
    if not recorded:
        _log.info("file_without_import", import_id=import_id)
        return False
    await imports.delivery.deliver(recorded[:1])
    return True


handler = worker("imports", _opening, _import)
