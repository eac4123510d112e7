"""Requests to the views table, built without sending them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from mentorbooking.adapters.read_models.dynamodb.items import Item, Place

MOST_READ: Final = 100
"""So many items a BatchGetItem takes at most."""
MOST_WRITTEN: Final = 25
"""So many items a BatchWriteItem takes at most."""

_NEWER: Final = "attribute_not_exists(p) OR p < :p"
_ONCE: Final = "attribute_not_exists(p) OR p = :p"


def putting_newer(table: str, item: Item) -> dict[str, Any]:
    """Put a row unless the one that is there is as new or newer."""
    return _put(table, item, _NEWER)


def putting_once(table: str, item: Item) -> dict[str, Any]:
    """Put a row unless another event has put one there."""
    return _put(table, item, _ONCE)


def putting_version(table: str, item: Item, version: int) -> dict[str, Any]:
    """Put an item if the one that is there has this version ``v``; 0: if there is none."""
    return {
        "TableName": table,
        "Item": item,
        "ConditionExpression": "v = :v" if version else "attribute_not_exists(pk)",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        **({"ExpressionAttributeValues": {":v": {"N": str(version)}}} if version else {}),
    }


def reading(table: str, places: Iterable[Place]) -> dict[str, Any]:
    """Read up to ``MOST_READ`` items strongly."""
    keys = [place.key for place in places]
    return {"RequestItems": {table: {"Keys": keys, "ConsistentRead": True}}}


def writing(table: str, items: Iterable[Item]) -> dict[str, Any]:
    """Put up to ``MOST_WRITTEN`` items, whatever is there."""
    return {"RequestItems": {table: [{"PutRequest": {"Item": item}} for item in items]}}


def deleting(table: str, places: Iterable[Place]) -> dict[str, Any]:
    """Delete up to ``MOST_WRITTEN`` items."""
    return {"RequestItems": {table: [{"DeleteRequest": {"Key": p.key}} for p in places]}}


def ranging(
    table: str,
    partition: str,
    first: str,
    last: str,
    *,
    limit: int | None = None,
    begin: Mapping[str, Any] | None = None,
    strongly: bool = True,
    attributes: Collection[str] = ("sk", "b"),
) -> dict[str, Any]:
    """Query a partition from one sort key to another, both included.

    ``begin`` is where the answer before ended.
    """
    return {
        "TableName": table,
        "KeyConditionExpression": "pk = :pk AND sk BETWEEN :first AND :last",
        "ExpressionAttributeValues": {
            ":pk": {"S": partition},
            ":first": {"S": first},
            ":last": {"S": last},
        },
        "ProjectionExpression": ", ".join(attributes),
        "ConsistentRead": strongly,
        **({"Limit": limit} if limit else {}),
        **({"ExclusiveStartKey": begin} if begin else {}),
    }


def _put(table: str, item: Item, condition: str) -> dict[str, Any]:
    return {
        "TableName": table,
        "Item": item,
        "ConditionExpression": condition,
        "ExpressionAttributeValues": {":p": item["p"]},
    }
