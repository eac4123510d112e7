"""Making a table: items under ``pk`` and ``sk``, paid by request, of which some expire."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from types_aiobotocore_dynamodb import DynamoDBClient

_LOOK_SECONDS: Final = 0.2
_ACTIVE_WITHIN_SECONDS: Final = 60.0


async def create_table(client: DynamoDBClient, name: str, *, expires: str) -> None:
    """Make a table whose items expire by an attribute. Harmless when it is there already.

    Raises ``TimeoutError`` when it does not become active within a minute.
    """
    with suppress(client.exceptions.ResourceInUseException):
        await client.create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[
                {"AttributeName": "pk", "AttributeType": "S"},
                {"AttributeName": "sk", "AttributeType": "S"},
            ],
            KeySchema=[
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "sk", "KeyType": "RANGE"},
            ],
        )
    await _until_active(client, name)
    expiry = await client.describe_time_to_live(TableName=name)
    if expiry["TimeToLiveDescription"].get("TimeToLiveStatus", "DISABLED") == "DISABLED":
        await client.update_time_to_live(
            TableName=name,
            TimeToLiveSpecification={"Enabled": True, "AttributeName": expires},
        )


async def _until_active(client: DynamoDBClient, name: str) -> None:
    async with asyncio.timeout(_ACTIVE_WITHIN_SECONDS):
        while True:
            found = await client.describe_table(TableName=name)
            if found["Table"]["TableStatus"] == "ACTIVE":
                return
            await asyncio.sleep(_LOOK_SECONDS)
