"""Items that are read by their key, or in order under one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mentorbooking.adapters.persistence.dynamodb_log.asking.patience import Patience
from mentorbooking.adapters.persistence.dynamodb_log.asking.steps import Call, Pause, Steps, asking
from mentorbooking.adapters.persistence.dynamodb_log.items import Item, number, text
from mentorbooking.adapters.persistence.requests import LogUnavailable

_LEAST, _MOST = -(10**30), 10**30


def get_item(table: str, key: Item, patience: Patience) -> Steps[Item | None]:
    """Read one item strongly."""
    answer = yield from asking(
        Call("get_item", {"TableName": table, "Key": key, "ConsistentRead": True}), patience
    )
    return answer.get("Item")


def get_items(table: str, keys: Sequence[Item], patience: Patience) -> Steps[list[Item]]:
    """Read up to 100 items strongly, in no order, without those that aren't there."""
    items: list[Item] = []
    wanted: dict[str, Any] = {table: {"Keys": list(keys), "ConsistentRead": True}}
    while True:
        call = Call("batch_get_item", {"RequestItems": wanted})
        answer = yield from asking(call, patience)
        items += answer["Responses"].get(table, [])
        wanted = answer.get("UnprocessedKeys") or {}
        if not wanted:
            return items
        seconds = patience.next_pause()
        if seconds is None:
            raise LogUnavailable("the table does not answer: keys are left unprocessed")
        yield Pause(seconds)


def query_items(
    table: str,
    pk: str,
    patience: Patience,
    *,
    first: int | None = None,
    last: int | None = None,
    descending: bool = False,
    limit: int | None = None,
) -> Steps[list[Item]]:
    """Read the items under ``pk`` strongly, ``first`` ≤ sk ≤ ``last``, at most ``limit``."""
    items: list[Item] = []
    parameters: dict[str, Any] = {
        "TableName": table,
        "KeyConditionExpression": "pk = :pk AND sk BETWEEN :first AND :last",
        "ExpressionAttributeValues": {
            ":pk": text(pk),
            ":first": number(_LEAST if first is None else first),
            ":last": number(_MOST if last is None else last),
        },
        "ScanIndexForward": not descending,
        "ConsistentRead": True,
    }
    while True:
        if limit is not None:
            parameters["Limit"] = limit - len(items)
        answer = yield from asking(Call("query", dict(parameters)), patience)
        items += answer["Items"]
        following = answer.get("LastEvaluatedKey")
        if not following or (limit is not None and len(items) >= limit):
            return items
        parameters["ExclusiveStartKey"] = following
