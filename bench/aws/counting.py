"""What calls of DynamoDB cost, as the server tells it with each answer.

Nothing is put in front of the client: it asks for the capacity that each call consumes, and what
the answers say is added to whatever is being counted by whoever made the call. Work that goes on
in other tasks meanwhile is not counted.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from types_aiobotocore_dynamodb import DynamoDBClient

WRITES = frozenset({"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"})


@dataclass
class Spent:
    """``items``: of transactions. ``dearest_write``: units of the dearest write of one item.

    A refused call (a condition that failed, a cancelled transaction) tells of no capacity.
    """

    calls: Counter[str] = field(default_factory=Counter)
    items: int = 0
    reads: float = 0.0
    writes: float = 0.0
    dearest_write: float = 0.0
    refused: int = 0


_spent: ContextVar[Spent] = ContextVar("spent")


@contextmanager
def counted() -> Iterator[Spent]:
    """Count what is spent by this task, and by those that it starts."""
    spent = Spent()
    before = _spent.set(spent)
    try:
        yield spent
    finally:
        _spent.reset(before)


def count_calls(client: DynamoDBClient) -> None:
    """Let a client tell of each call; it does nothing else otherwise than before."""
    events: Any = client.meta.events
    events.register("provide-client-params.dynamodb", _ask)
    events.register("after-call.dynamodb", _take_in)


@contextmanager
def far_away(client: DynamoDBClient, seconds: float) -> Iterator[None]:
    """Let transactions take so much longer, as they do where the server is not this machine."""

    async def wait(**_: Any) -> None:
        await asyncio.sleep(seconds)

    events: Any = client.meta.events
    events.register("before-call.dynamodb.TransactWriteItems", wait)
    try:
        yield
    finally:
        events.unregister("before-call.dynamodb.TransactWriteItems", wait)


def _ask(params: dict[str, Any], model: Any, context: dict[str, Any], **_: Any) -> dict[str, Any]:
    if "ReturnConsumedCapacity" not in model.input_shape.members:
        return params
    context["items_in_transaction"] = len(params.get("TransactItems", ()))
    return {**params, "ReturnConsumedCapacity": "TOTAL"}


def _take_in(
    http_response: Any, parsed: dict[str, Any], model: Any, context: dict[str, Any], **_: Any
) -> None:
    spent = _spent.get(None)
    if spent is None:
        return
    spent.calls[model.name] += 1
    if http_response.status_code >= 300:
        spent.refused += 1
        return
    consumed = parsed.get("ConsumedCapacity", ())
    each = [consumed] if isinstance(consumed, dict) else consumed
    units = sum(table["CapacityUnits"] for table in each)
    if model.name not in WRITES:
        spent.reads += units
        return
    spent.writes += units
    if model.name == "TransactWriteItems":
        spent.items += context["items_in_transaction"]
    elif model.name != "BatchWriteItem":
        spent.dearest_write = max(spent.dearest_write, units)
