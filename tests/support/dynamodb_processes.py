"""The use cases of booking over DynamoDB, as each of several processes has them.

What is apart in two processes is apart here, but for the connections.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from random import Random
from typing import TYPE_CHECKING, Any, TypeVar

from mentorbooking.adapters.aws.clients import AwsClients, boto3_dynamodb
from mentorbooking.adapters.event_store.dynamodb.aggregate_store import (
    HOT_EXTENT,
    DynamoDBAggregateStore,
)
from mentorbooking.adapters.event_store.recorded import recorded
from mentorbooking.adapters.ids import MonotonicIds
from mentorbooking.adapters.persistence.dynamodb_log.log import DynamoDBLog
from mentorbooking.adapters.persistence.dynamodb_log.sync_log import DynamoDBLogSync
from mentorbooking.adapters.persistence.dynamodb_log.table import create_table
from mentorbooking.adapters.read_models.sqlite.log_reader import LogReader
from mentorbooking.application.deciding_again import deciding_again
from mentorbooking.application.ports.clock import Clock
from mentorbooking.application.ports.event_log import RecordedEvent
from mentorbooking.application.use_cases.bookings.cancel_booking import (
    CancelBooking,
    CancelBookingHandler,
)
from mentorbooking.application.use_cases.bookings.create_booking import (
    CreateBooking,
    CreateBookingHandler,
)
from mentorbooking.application.use_cases.calendar.add_timeslots import (
    AddTimeslots,
    AddTimeslotsHandler,
)
from mentorbooking.application.use_cases.calendar.remove_timeslot import (
    RemoveTimeslot,
    RemoveTimeslotHandler,
)
from mentorbooking.application.use_cases.calendar.update_timeslot import (
    UpdateTimeslot,
    UpdateTimeslotHandler,
)
from mentorbooking.application.use_cases.mentors.change_standing import (
    ChangeStanding,
    ChangeStandingHandler,
)
from tests.support.aws_servers import aws_settings, unique
from tests.support.patience import PATIENCE
from tests.support.two_processes import Caller, NoLists, not_waiting

if TYPE_CHECKING:
    from types_aiobotocore_dynamodb import DynamoDBClient

C = TypeVar("C")
R = TypeVar("R")


class DynamoDBReader(LogReader):
    """Reads the log without an event loop."""

    def __init__(self, log: DynamoDBLogSync) -> None:
        self._log = log
        self.table = log.table

    def head(self) -> int:
        return self._log.head()

    def read(self, after: int, limit: int) -> Sequence[RecordedEvent]:
        return [recorded(stored) for stored in self._log.read_log(after, limit)]


class DynamoDBProcess(Caller):
    """Needs the log's table to be there."""

    def __init__(
        self,
        client: Any,
        table: str,
        clock: Clock,
        *,
        seed: int,
        hot: int = HOT_EXTENT,
    ) -> None:
        ids = MonotonicIds(clock, Random(seed).getrandbits)
        self.log = DynamoDBLog(client, table, patience=PATIENCE)
        self.store = store = DynamoDBAggregateStore(self.log, clock, ids, hot=hot)
        booking = CreateBookingHandler(store, NoLists(), not_waiting, clock, ids)
        super().__init__(
            store,
            {
                AddTimeslots: self._meeting(AddTimeslotsHandler(store, clock, ids)),
                CreateBooking: self._meeting(booking),
                UpdateTimeslot: self._deciding(UpdateTimeslotHandler(store, clock)),
                RemoveTimeslot: self._deciding(RemoveTimeslotHandler(store, clock)),
                CancelBooking: self._deciding(CancelBookingHandler(store, clock)),
                ChangeStanding: self._deciding(ChangeStandingHandler(store, clock)),
            },
        )

    def _deciding(self, handle: Callable[[C], Awaitable[R]]) -> Callable[[C], Awaitable[R]]:
        return deciding_again(self.store.of_one_moment(handle))

    def _meeting(self, handle: Callable[[Any], Awaitable[R]]) -> Callable[[Any], Awaitable[R]]:
        return deciding_again(
            self.store.of_one_moment(handle), meeting_at=lambda command: str(command.mentor_id)
        )

    async def close(self) -> None:
        await self.log.close()
        await self.store.close()


@asynccontextmanager
async def log_in_dynamodb(endpoint: str) -> AsyncIterator[tuple[DynamoDBClient, DynamoDBReader]]:
    """Yield a client for processes, and who reads the log they share."""
    settings = aws_settings(dynamodb=endpoint)
    async with AwsClients(settings) as clients:
        client, table = await clients.dynamodb(), unique("log")
        await create_table(client, table)
        sync_client = boto3_dynamodb(settings)
        try:
            yield client, DynamoDBReader(DynamoDBLogSync(sync_client, table))
        finally:
            sync_client.close()
