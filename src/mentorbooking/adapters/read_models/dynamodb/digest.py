"""Fingerprints of read models in DynamoDB, to compare them with rebuilt ones or another store."""

from __future__ import annotations

from typing import Any, TypeVar

from mentorbooking.adapters.read_models.dynamodb.items import Place, body_of, place_of
from mentorbooking.adapters.read_models.dynamodb.model import DynamoDBReadModel
from mentorbooking.adapters.read_models.dynamodb.reader import rows_in_use
from mentorbooking.adapters.read_models.dynamodb.registry import read_registry
from mentorbooking.adapters.read_models.dynamodb.table import ViewsTable
from mentorbooking.application.read_models.digest import digest_of
from mentorbooking.application.read_models.projection import Key

R = TypeVar("R")


async def rows_of(table: ViewsTable, model: DynamoDBReadModel[R]) -> list[tuple[Key, R]]:
    """Return the rows in use in ascending order of their keys. Goes through the whole table."""
    rows = rows_in_use(await read_registry(table), model)
    found: dict[Key, R] = {}
    async for items in table.everything():
        for item in items:
            place, body = place_of(item), body_of(item)
            generation, _, rest = place.pk.partition("/")
            if generation == rows and body is not None:
                row = model.row_of(Place(rest, place.sk), body)
                if row is not None:
                    found[row[0]] = row[1]
    return sorted(found.items(), key=_by_key)


def _by_key(row: tuple[Key, Any]) -> Any:
    return row[0]


async def digest(table: ViewsTable, model: DynamoDBReadModel[Any]) -> str:
    """Return the fingerprint of a read model's rows."""
    return digest_of(await rows_of(table, model))
