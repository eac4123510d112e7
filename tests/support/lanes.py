"""Logs of several lanes on DynamoDB, and what has happened in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mentorbooking.adapters.persistence.dynamodb_log.items import lane_pk
from mentorbooking.adapters.persistence.dynamodb_log.log import DynamoDBLog
from mentorbooking.adapters.persistence.dynamodb_log.table import create_table
from mentorbooking.adapters.persistence.requests import StoredEvent
from tests.support.aws_servers import unique
from tests.support.dynamodb_logs import NOON, appending, to

if TYPE_CHECKING:
    from types_aiobotocore_dynamodb import DynamoDBClient


LANES = 16


async def log_of(client: DynamoDBClient, lanes: int = LANES) -> DynamoDBLog:
    table = unique("log")
    await create_table(client, table, lanes=lanes)
    return await DynamoDBLog.open(client, table)


async def happened(log: DynamoDBLog, *streams: str, at: int = 0) -> tuple[int, int]:
    """Append an event to each stream; return the lane, and the position of the last in it."""
    versions = [(await log.load(stream)).version for stream in streams]
    places = zip(streams, versions, strict=True)
    landed = await log.append(appending(*(to(*each, b"x") for each in places), time_us=NOON + at))
    return landed.lane, landed.last


def told(events: Sequence[StoredEvent]) -> list[tuple[int, str, int]]:
    return [(event.position, event.stream, event.version) for event in events]


async def lose(client: Any, log: DynamoDBLog, lane: int, first: int) -> dict[str, Any]:
    """Take a commit away, and return it."""
    where = {"pk": {"S": lane_pk(lane, 0)}, "sk": {"N": str(first)}}
    answer = await client.delete_item(TableName=log.table, Key=where, ReturnValues="ALL_OLD")
    item: dict[str, Any] = answer["Attributes"]
    return item
