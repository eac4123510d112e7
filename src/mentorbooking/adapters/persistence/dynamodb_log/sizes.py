"""How much DynamoDB takes, and how it counts that."""

from __future__ import annotations

from collections.abc import Sequence

from mentorbooking.adapters.persistence.dynamodb_log.items import Item, Value
from mentorbooking.adapters.persistence.requests import AppendTooLarge

MOST_BYTES = 400 * 1024
"""The most that an item may hold."""

MOST_ITEMS = 100
"""The most that a transaction holds."""

MOST_BYTES_TOGETHER = 4 * 1024 * 1024
"""The most that the items of a transaction hold."""


def check_sizes(items: Sequence[Item], count: int) -> None:
    """Raise ``AppendTooLarge`` for what no transaction takes; the table says so less clearly."""
    if count > MOST_ITEMS:
        raise AppendTooLarge(f"{count} items are more than the {MOST_ITEMS} of a transaction")
    sizes = [size_of(item) for item in items]
    if max(sizes, default=0) > MOST_BYTES:
        raise AppendTooLarge(f"an item would hold {max(sizes)} bytes; the most is {MOST_BYTES}")
    if sum(sizes) > MOST_BYTES_TOGETHER:
        raise AppendTooLarge(
            f"a transaction would hold {sum(sizes)} bytes; the most is {MOST_BYTES_TOGETHER}"
        )


def size_of(item: Item) -> int:
    """Return how many bytes DynamoDB counts for a flat item.

    Names and texts in UTF-8; numbers at most (AWS, "DynamoDB item sizes and formats"): a byte
    for every two digits and two more.
    """
    return sum(len(name.encode()) + _size_of_value(value) for name, value in item.items())


def _size_of_value(value: Value) -> int:
    ((kind, content),) = value.items()
    match kind:
        case "S":
            return len(content.encode())
        case "N":
            return (len(content) + 1) // 2 + 1
        case "B":
            return len(content)
        case _:
            return 1
