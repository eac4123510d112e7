"""Event logs on DynamoDB for tests, and requests to them with commit ids of their own."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from mentorbooking.adapters.persistence.dynamodb_log.items import commit_key
from mentorbooking.adapters.persistence.dynamodb_log.log import DynamoDBLog
from mentorbooking.adapters.persistence.dynamodb_log.table import create_table
from mentorbooking.adapters.persistence.requests import Append, IdempotencyRecord, StreamAppend
from tests.support import sqlite_logs
from tests.support.aws_servers import unique
from tests.support.sqlite_logs import DAY, NOON, answered, to

__all__ = ["DAY", "NOON", "answered", "appending", "new_log", "to"]


def appending(
    *streams: StreamAppend,
    commit_id: str | None = None,
    time_us: int = NOON,
    metadata: bytes = b'{"actor":"system"}',
    idempotency: IdempotencyRecord | None = None,
) -> Append:
    """Make a request that nobody else has made: its commit id tells a commit from another's."""
    return sqlite_logs.appending(
        *streams,
        commit_id=commit_id or f"commit_{secrets.token_hex(13)}",
        time_us=time_us,
        metadata=metadata,
        idempotency=idempotency,
    )


async def new_log(client: Any, *, lanes: int = 1, **options: Any) -> DynamoDBLog:
    """Make a table of its own, and a log on it."""
    table = unique("log")
    await create_table(client, table, lanes=lanes)
    return DynamoDBLog(client, table, lanes=lanes, **options)


@contextmanager
def impatient(log: DynamoDBLog, seconds: float) -> Iterator[None]:
    """Let a log give up sooner than in earnest; before and after it is as patient as it was."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(log, "_patience", seconds)
        yield


async def forget_commit(client: Any, log: DynamoDBLog, first: int) -> None:
    """Do to the table what nobody may do: take a commit away."""
    await client.delete_item(TableName=log.table, Key=commit_key(0, first))


async def stored_items(client: Any, table: str) -> dict[tuple[str, int], Any]:
    """Return all that a table holds, by key."""
    answer = await client.scan(TableName=table, ConsistentRead=True)
    assert "LastEvaluatedKey" not in answer
    return {(item["pk"]["S"], int(item["sk"]["N"])): item for item in answer["Items"]}


async def moved_to(client: Any, log: DynamoDBLog, first: int) -> None:
    """Let the lane's newest commit begin at a position, as if so many had come before it."""
    items = await stored_items(client, log.table)
    newest = max((sk, pk) for pk, sk in items if pk.startswith("L#0#"))
    item = items[newest[1], newest[0]]
    await client.put_item(TableName=log.table, Item={**item, **commit_key(0, first)})


class CountingClient:
    """Counts calls and capacity units by operation, as the server tells them."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.calls: Counter[str] = Counter()
        self.units: Counter[str] = Counter()

    def __getattr__(self, operation: str) -> Any:
        async def call(**parameters: Any) -> Any:
            answer = await getattr(self._client, operation)(
                **parameters, ReturnConsumedCapacity="TOTAL"
            )
            consumed = answer["ConsumedCapacity"]
            self.calls[operation] += 1
            for each in consumed if isinstance(consumed, list) else [consumed]:
                self.units[operation] += each["CapacityUnits"]
            return answer

        return call

    def forget(self) -> None:
        self.calls.clear()
        self.units.clear()
