"""Event stores to try, as each of several processes has them over one log."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest

from mentorbooking.adapters.aws.clients import AwsClients
from mentorbooking.adapters.event_store.dynamodb.aggregate_store import DynamoDBAggregateStore
from mentorbooking.adapters.event_store.dynamodb.answered_requests import DynamoDBAnsweredRequests
from mentorbooking.adapters.event_store.dynamodb.credentials import DynamoDBCredentials
from mentorbooking.adapters.event_store.dynamodb.event_log import DynamoDBEventLog
from mentorbooking.adapters.event_store.sqlite.aggregate_store import SQLiteAggregateStore
from mentorbooking.adapters.event_store.sqlite.answered_requests import SQLiteAnsweredRequests
from mentorbooking.adapters.event_store.sqlite.credentials import SQLiteCredentials
from mentorbooking.adapters.event_store.sqlite.event_log import SQLiteEventLog
from mentorbooking.adapters.ids import MonotonicIds
from mentorbooking.adapters.persistence.dynamodb_log.log import DynamoDBLog
from mentorbooking.adapters.persistence.dynamodb_log.table import create_table
from mentorbooking.adapters.persistence.sqlite_log.log import SQLiteLog
from mentorbooking.application.ports.aggregate_store import AggregateStore
from mentorbooking.application.ports.credentials import Credentials
from mentorbooking.application.ports.event_log import EventLog
from mentorbooking.application.ports.idempotency import AnsweredRequests
from tests.support.aws_servers import aws_settings, unique
from tests.support.moving_clock import MovingClock


@dataclass(frozen=True)
class Stores:
    """What one process has."""

    aggregates: AggregateStore
    credentials: Credentials
    answered: AnsweredRequests
    log: EventLog


class EventStores(ABC):
    """One log that processes are started over, all with one time: ``clock``."""

    def __init__(self) -> None:
        self.clock = MovingClock()
        self._open = AsyncExitStack()
        self._started = 0

    @abstractmethod
    async def start(self) -> Stores:
        """Return what another process has."""

    async def close(self) -> None:
        await self._open.aclose()

    def _ids(self) -> MonotonicIds:
        self._started += 1
        return MonotonicIds(self.clock, Random(self._started).getrandbits)


class OnSQLite(EventStores):
    """``by_process``: each has a process of its own to write."""

    def __init__(self, folder: Path, *, by_process: bool) -> None:
        super().__init__()
        self._path = folder / "events.db"
        self._by_process = by_process

    async def start(self) -> Stores:
        log = self._open.enter_context(SQLiteLog(self._path))
        if self._by_process:
            await self._open.enter_async_context(log.written_by_a_process())
        return Stores(
            SQLiteAggregateStore(log, self.clock, self._ids(), look_every=0),
            SQLiteCredentials(log),
            SQLiteAnsweredRequests(log),
            SQLiteEventLog(log),
        )


class OnDynamoDB(EventStores):
    """Over a table that is there already."""

    def __init__(self, client: Any, table: str) -> None:
        super().__init__()
        self.client = client
        self.table = table

    async def start(self) -> Stores:
        log = await DynamoDBLog.open(self.client, self.table)
        aggregates = DynamoDBAggregateStore(log, self.clock, self._ids())
        self._open.push_async_callback(log.close)
        self._open.push_async_callback(aggregates.close)
        return Stores(
            aggregates,
            await DynamoDBCredentials.open(log),
            DynamoDBAnsweredRequests(log),
            DynamoDBEventLog(log),
        )


@asynccontextmanager
async def event_stores(request: pytest.FixtureRequest, folder: Path) -> AsyncIterator[EventStores]:
    """Yield stores of the backend that the fixture's parameter names, over an empty log."""
    if request.param.startswith("sqlite"):
        by_process = request.param == "sqlite by a process"
        stores: EventStores = OnSQLite(folder, by_process=by_process)
        try:
            yield stores
        finally:
            await stores.close()
        return
    endpoint = request.getfixturevalue("dynamodb_endpoint")
    async with AwsClients(aws_settings(dynamodb=endpoint)) as clients:
        client, table = await clients.dynamodb(), unique("log")
        await create_table(client, table, lanes=5 if request.param == "lanes" else 1)
        stores = OnDynamoDB(client, table)
        try:
            yield stores
        finally:
            await stores.close()
