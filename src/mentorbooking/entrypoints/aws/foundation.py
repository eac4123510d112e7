"""What every process of the service on AWS stands on that takes commands."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from mentorbooking.adapters.event_store.dynamodb.aggregate_store import DynamoDBAggregateStore
from mentorbooking.adapters.event_store.dynamodb.answered_requests import DynamoDBAnsweredRequests
from mentorbooking.adapters.event_store.dynamodb.credentials import DynamoDBCredentials
from mentorbooking.adapters.event_store.dynamodb.event_log import DynamoDBEventLog
from mentorbooking.adapters.object_storage.s3 import S3ObjectStorage
from mentorbooking.adapters.object_storage.s3_links import S3Links
from mentorbooking.application.ports.clock import Clock
from mentorbooking.application.ports.ids import Ids
from mentorbooking.application.positions import LogPlace
from mentorbooking.entrypoints.aws.ground import AwsGround, aws_ground
from mentorbooking.entrypoints.aws.secret import keys_of
from mentorbooking.entrypoints.composition import Foundation, common_parts
from mentorbooking.entrypoints.settings import Settings

C = TypeVar("C")
R = TypeVar("R")


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsFoundation(Foundation, AwsGround):
    """The ground of all workers, and what is made from the secret."""

    log: DynamoDBEventLog
    aggregates: DynamoDBAggregateStore
    storage: S3ObjectStorage

    @property
    def place(self) -> str:
        return f"aws:{self.places.prefix}"

    @property
    def lanes(self) -> int:
        return self.dynamodb_log.lanes

    def acknowledged(self) -> LogPlace:
        return self.aggregates.acknowledged

    def aggregates_with(self, clock: Clock, ids: Ids) -> DynamoDBAggregateStore:
        return DynamoDBAggregateStore(self.dynamodb_log, clock, ids)

    def of_one_moment(self, handle: Callable[[C], Awaitable[R]]) -> Callable[[C], Awaitable[R]]:
        return self.aggregates.of_one_moment(handle)

    async def acknowledge_all(self) -> LogPlace:
        return await self.aggregates.take_in_all()


@asynccontextmanager
async def aws_foundation(
    settings: Settings, clock: Clock | None = None
) -> AsyncIterator[AwsFoundation]:
    """Reach what ``aws init`` has made; ``clock`` is the machine's if none is given.

    Raises ``WrongSetting`` without a secret, and ``StoreUnavailable`` if the tables can't be
    reached or were not made.
    """
    common = common_parts(settings, keys_of(settings), clock)
    async with aws_ground(settings, common["clock"]) as ground:
        store_key = await ground.dynamodb_log.meta("address_key")
        assert isinstance(store_key, bytes)  # noqa: S101  as the table was made
        s3, bucket = ground.clients.s3, ground.places.bucket
        below: dict[str, Any] = {**vars(ground), **common}
        yield AwsFoundation(
            **below,
            credentials=DynamoDBCredentials(ground.dynamodb_log, store_key),
            answered=DynamoDBAnsweredRequests(ground.dynamodb_log),
            storage=S3ObjectStorage(s3, bucket),
            store_key=store_key,
            links=S3Links(s3, bucket),
        )
