"""``mentorbooking aws init``: make what the service needs on AWS, again and again without harm."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from mentorbooking.adapters.aws.clients import AwsClients
from mentorbooking.adapters.aws.topology import create_notifications_queue, create_topics
from mentorbooking.adapters.job_queue.sqs.queues import create_job_queues
from mentorbooking.adapters.object_storage.s3_bucket import create_bucket
from mentorbooking.adapters.persistence.dynamodb_log.table import create_table
from mentorbooking.adapters.read_models.dynamodb.schema import create_views_table
from mentorbooking.adapters.work.dynamodb.table import create_work_table
from mentorbooking.entrypoints.aws.places import JOB_QUEUES, Places

Step = tuple[str, Callable[[], Awaitable[object]]]


async def set_up(
    clients: AwsClients, places: Places, told: Callable[[str], None], *, lanes: int | None = None
) -> None:
    """Make all of it; ``told`` hears of each thing once it is there.

    The log gets so many ``lanes``, or keeps those that it has. Raises botocore's errors or
    ``StoreUnavailable`` where that fails, and ValueError for fewer lanes than there are.
    """
    dynamodb = await clients.dynamodb()
    s3, sqs, sns = await clients.s3(), await clients.sqs(), await clients.sns()
    prefix = places.prefix
    await dynamodb.list_tables(Limit=1)  # whoever is not there is told at once
    steps: list[Step] = [
        (f"table {places.log}", lambda: create_table(dynamodb, places.log, lanes=lanes)),
        (f"table {places.work}", lambda: create_work_table(dynamodb, places.work)),
        (f"table {places.views}", lambda: create_views_table(dynamodb, places.views)),
        (f"bucket {places.bucket}", lambda: create_bucket(s3, places.bucket)),
        (
            "queues " + ", ".join(f"{prefix}-{queue}" for queue in JOB_QUEUES),
            lambda: create_job_queues(sqs, prefix, JOB_QUEUES),
        ),
        (
            f"queue {prefix}-notifications.fifo",
            lambda: create_notifications_queue(sqs, prefix),
        ),
        (f"topics {prefix}-…", lambda: create_topics(sns, prefix)),
    ]
    for name, make in steps:
        await make()
        told(name)
