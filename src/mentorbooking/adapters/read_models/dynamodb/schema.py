"""Making the views table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mentorbooking.adapters.aws.tables import create_table
from mentorbooking.adapters.aws.unavailable import as_store_unavailable
from mentorbooking.adapters.read_models.dynamodb.items import EXPIRES

if TYPE_CHECKING:
    from types_aiobotocore_dynamodb import DynamoDBClient


async def create_views_table(client: DynamoDBClient, name: str) -> None:
    """Make the table and let gravestones expire. Harmless when it is there already."""
    with as_store_unavailable("the read models"):
        await create_table(client, name, expires=EXPIRES)
