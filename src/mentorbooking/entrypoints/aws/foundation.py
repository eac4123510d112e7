"""What every process of the service on AWS stands on."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from mentorbooking.adapters.aws.clients import AwsClients
from mentorbooking.adapters.event_store.dynamodb_answered_requests import DynamoAnsweredRequests
from mentorbooking.adapters.event_store.dynamodb_credentials import DynamoCredentials
from mentorbooking.adapters.event_store.dynamodb_log import DynamoEventLog
from mentorbooking.adapters.event_store.dynamodb_store import DynamoAggregateStore
from mentorbooking.adapters.event_store.unavailable import as_store_unavailable
from mentorbooking.adapters.identity.secret_key import derive_keys, secret_from_setting
from mentorbooking.adapters.object_storage.s3 import S3ObjectStorage
from mentorbooking.adapters.object_storage.s3_links import S3Links
from mentorbooking.adapters.persistence.dynamodb.log import DynamoLog
from mentorbooking.adapters.read_models.dynamodb.table import ViewsTable
from mentorbooking.adapters.work.dynamodb_table import WorkTable
from mentorbooking.application.ports.clock import Clock
from mentorbooking.application.ports.ids import Ids
from mentorbooking.entrypoints.aws.places import Places, aws_settings_of, places_of
from mentorbooking.entrypoints.composition import Foundation, common_parts
from mentorbooking.entrypoints.settings import PREFIX, Settings, WrongSetting


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsFoundation(Foundation):
    """``owner`` is a name that no other process has: it holds leases by it."""

    clients: AwsClients
    places: Places
    dynamo_log: DynamoLog
    log: DynamoEventLog
    aggregates: DynamoAggregateStore
    storage: S3ObjectStorage
    views_table: ViewsTable
    work: WorkTable
    owner: str

    @property
    def place(self) -> str:
        return f"aws:{self.places.prefix}"

    def acknowledged(self) -> int:
        return self.aggregates.acknowledged

    def aggregates_with(self, clock: Clock, ids: Ids) -> DynamoAggregateStore:
        return DynamoAggregateStore(self.dynamo_log, clock, ids)

    async def acknowledge_all(self) -> int:
        return await self.aggregates.take_in_all()


@asynccontextmanager
async def aws_foundation(
    settings: Settings, clock: Clock | None = None
) -> AsyncIterator[AwsFoundation]:
    """Reach what ``aws init`` has made; ``clock`` is the machine's if none is given.

    Raises ``WrongSetting`` without a secret, and ``StoreUnavailable`` if the tables can't be
    reached or were not made.
    """
    if not settings.secret_key:
        raise WrongSetting(
            f"{PREFIX}SECRET_KEY: the aws backend needs one, the same for every process: "
            "at least 32 characters"
        )
    keys = derive_keys(secret_from_setting(settings.secret_key))
    common = common_parts(settings, keys, clock)
    places = places_of(settings)
    async with AwsClients(aws_settings_of(settings)) as clients:
        dynamodb, s3 = await clients.dynamodb(), await clients.s3()
        dynamo_log = DynamoLog(dynamodb, places.log)
        with as_store_unavailable():
            store_key = await dynamo_log.meta("address_key")
        assert isinstance(store_key, bytes)  # noqa: S101  as the table was made
        aggregates = DynamoAggregateStore(dynamo_log, common["clock"], common["ids"])
        try:
            yield AwsFoundation(
                **common,
                clients=clients,
                places=places,
                dynamo_log=dynamo_log,
                log=DynamoEventLog(dynamo_log),
                aggregates=aggregates,
                credentials=DynamoCredentials(dynamo_log, store_key),
                answered=DynamoAnsweredRequests(dynamo_log),
                storage=S3ObjectStorage(s3, places.bucket),
                store_key=store_key,
                links=S3Links(s3, places.bucket),
                views_table=ViewsTable(dynamodb, places.views),
                work=WorkTable(dynamodb, places.work),
                owner=secrets.token_hex(8),
            )
        finally:
            await aggregates.close()
            await dynamo_log.close()
