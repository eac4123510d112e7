"""A step performed by a client; the one place where errors of the client become faults."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from mentorbooking.adapters.persistence.dynamodb_log.asking.faults import NoAnswer, fault_of
from mentorbooking.adapters.persistence.dynamodb_log.asking.patience import Patience
from mentorbooking.adapters.persistence.dynamodb_log.asking.steps import Answer, Pause, Step

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient as SyncClient
    from types_aiobotocore_dynamodb import DynamoDBClient


async def ask(client: DynamoDBClient, step: Step, patience: Patience) -> Answer:
    """Perform a step, no longer than patience lasts."""
    if isinstance(step, Pause):
        await asyncio.sleep(step.seconds)
        return {}
    try:
        async with asyncio.timeout(patience.remaining()):
            answer: dict[str, Any] = await getattr(client, step.operation)(**step.parameters)
            return answer
    except TimeoutError as error:
        raise NoAnswer("no answer in time") from error
    except (BotoCoreError, ClientError) as error:
        raise fault_of(error) from error


def ask_sync(client: SyncClient, step: Step) -> Answer:
    """Perform a step; the client's own time-outs apply."""
    if isinstance(step, Pause):
        time.sleep(step.seconds)
        return {}
    try:
        answer: dict[str, Any] = getattr(client, step.operation)(**step.parameters)
    except (BotoCoreError, ClientError) as error:
        raise fault_of(error) from error
    return answer
