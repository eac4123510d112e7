"""Making the views table."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from mentorbooking.adapters.aws.failures import failure_code
from mentorbooking.adapters.aws.unavailable import as_store_unavailable
from mentorbooking.adapters.read_models.dynamodb.items import EXPIRES

if TYPE_CHECKING:
    from types_aiobotocore_dynamodb import DynamoDBClient

_LOOK_SECONDS: Final = 0.5
_ACTIVE_WITHIN_SECONDS: Final = 60


def definition(name: str) -> dict[str, Any]:
    """Return what ``create_table`` is told."""
    return {
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
        "KeySchema": [
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
    }


async def create_views_table(client: DynamoDBClient, name: str) -> None:
    """Make the table and let gravestones expire. Harmless when it is there already."""
    with as_store_unavailable("the read models"):
        try:
            await client.create_table(**definition(name))
        except ClientError as error:
            if failure_code(error) != "ResourceInUseException":
                raise
        await _until_active(client, name)
        expiry = await client.describe_time_to_live(TableName=name)
        if expiry["TimeToLiveDescription"].get("TimeToLiveStatus", "DISABLED") == "DISABLED":
            await client.update_time_to_live(
                TableName=name,
                TimeToLiveSpecification={"Enabled": True, "AttributeName": EXPIRES},
            )


async def _until_active(client: DynamoDBClient, name: str) -> None:
    async with asyncio.timeout(_ACTIVE_WITHIN_SECONDS):
        while True:
            found = await client.describe_table(TableName=name)
            if found["Table"]["TableStatus"] == "ACTIVE":
                return
            await asyncio.sleep(_LOOK_SECONDS)
