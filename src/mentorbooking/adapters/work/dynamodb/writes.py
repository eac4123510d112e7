"""What is asked of the work table, as requests without the table's name.

Conditions and updates are written in DynamoDB's expressions. ``#name`` stands for an attribute
of that name, since many of ours are reserved words, and ``:name`` for the value that is given
under it.
"""

from __future__ import annotations

import re
from typing import Any, Final, Literal, NamedTuple

from mentorbooking.adapters.work.dynamodb.values import Item, Key, value

NEW: Final = "attribute_not_exists(pk)"
"""The condition that there is no such item yet."""

_NAME = re.compile(r"#(\w+)")


class Write(NamedTuple):
    """One item's part of a transaction, or a write by itself."""

    kind: Literal["Put", "Update", "Delete"]
    request: dict[str, Any]


def put(item: Item, only: str = "", /, **values: str | int) -> Write:
    """Put an item in the place of what was there; ``only`` if that condition holds."""
    return Write("Put", {"Item": item, **_conditional(only, values)})


def update(key: Key, words: str, only: str = "", /, **values: str | int) -> Write:
    return Write(
        "Update",
        {"Key": key.attributes, "UpdateExpression": words, **_conditional(only, values, words)},
    )


def delete(key: Key, only: str = "", /, **values: str | int) -> Write:
    return Write("Delete", {"Key": key.attributes, **_conditional(only, values)})


def partition(pk: str, *, up_to: str | None = None, newest_first: bool = False) -> dict[str, Any]:
    """Return the query for a partition's items, up to a sort key and with it."""
    values: dict[str, str | int] = {"pk": pk}
    words = "pk = :pk"
    if up_to is not None:
        words += " AND sk <= :sk"
        values["sk"] = up_to
    return {
        "KeyConditionExpression": words,
        "ScanIndexForward": not newest_first,
        "ConsistentRead": True,
        **_substituted(words, values),
    }


def _conditional(only: str, values: dict[str, str | int], words: str = "") -> dict[str, Any]:
    request = _substituted(f"{words} {only}", values)
    return {"ConditionExpression": only, **request} if only else request


def _substituted(words: str, values: dict[str, str | int]) -> dict[str, Any]:
    request: dict[str, Any] = {}
    if names := _NAME.findall(words):
        request["ExpressionAttributeNames"] = {f"#{name}": name for name in names}
    if values:
        request["ExpressionAttributeValues"] = {
            f":{name}": value(plain) for name, plain in values.items()
        }
    return request
