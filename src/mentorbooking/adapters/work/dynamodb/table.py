"""The table in which workers remember what they have done and have yet to do.

What the work file is on one machine. Each module that keeps something here says in its
docstring under which keys. Everything is read strongly, by key or by partition: there is no
index and no scan.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from mentorbooking.adapters.aws.tables import create_table
from mentorbooking.adapters.aws.unavailable import as_store_unavailable
from mentorbooking.adapters.work.dynamodb.overtaken import unless_overtaken
from mentorbooking.adapters.work.dynamodb.values import EXPIRES, Item, Key, number, text, value
from mentorbooking.adapters.work.dynamodb.writes import Write, partition
from mentorbooking.application.ports.unavailable import StoreUnavailable

if TYPE_CHECKING:
    from types_aiobotocore_dynamodb import DynamoDBClient

MOST_ITEMS: Final = 100
"""So many a transaction, or a read of several, takes at most."""

MOST_PUTS: Final = 25
"""So many can be put at once."""

TABLE: Final = "the work table"

_LOST: Final = {"None", "ConditionalCheckFailed", "TransactionConflict"}
_PAUSES: Final = (0.03, 0.1, 0.3, 0.0)
"""Seconds, after each of so many rounds that left some items undone."""


@dataclass(frozen=True, slots=True)
class WorkTable:
    """The table, by its name. Any method may raise ``StoreUnavailable``, within seconds."""

    client: DynamoDBClient
    name: str

    async def get(self, key: Key) -> Item | None:
        with as_store_unavailable(TABLE):
            answer = await self.client.get_item(
                TableName=self.name, Key=key.attributes, ConsistentRead=True
            )
        return answer.get("Item")

    async def get_all(self, keys: Collection[Key]) -> dict[Key, Item]:
        """Return those that are there."""
        wanted = list(dict.fromkeys(keys))
        items = [
            item
            for start in range(0, len(wanted), MOST_ITEMS)
            for item in await self._get_some(wanted[start : start + MOST_ITEMS])
        ]
        return {Key(text(item, "pk"), text(item, "sk")): item for item in items}

    async def query(
        self,
        pk: str,
        *,
        up_to: str | None = None,
        newest_first: bool = False,
        limit: int | None = None,
    ) -> list[Item]:
        """Return a partition's items in the order of their sort keys, that of ``up_to`` too."""
        request = partition(pk, up_to=up_to, newest_first=newest_first)
        found: list[Item] = []
        while limit is None or len(found) < limit:
            if limit is not None:
                request["Limit"] = limit - len(found)
            with as_store_unavailable(TABLE):
                answer = await self.client.query(TableName=self.name, **request)
            found += answer["Items"]
            if "LastEvaluatedKey" not in answer:
                break
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
        return found

    async def count(self, pk: str) -> int:
        """Return how many items a partition has."""
        request = partition(pk) | {"Select": "COUNT"}
        counted = 0
        while True:
            with as_store_unavailable(TABLE):
                answer = await self.client.query(TableName=self.name, **request)
            counted += answer["Count"]
            if "LastEvaluatedKey" not in answer:
                return counted
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    async def put_all(self, items: Sequence[Item]) -> None:
        """Put items of different keys in the place of what was there, in no order.

        Whoever is stopped has put some of them.
        """
        for start in range(0, len(items), MOST_PUTS):
            await self._put_some(items[start : start + MOST_PUTS])

    async def write(self, write: Write) -> bool:
        """Write one item; False, and nothing changes, if its condition does not hold."""
        return await unless_overtaken(partial(self._write, write))

    async def transact(self, writes: Sequence[Write]) -> bool:
        """Write up to a hundred items: all, or none.

        False, and nothing changes, if a condition does not hold or somebody else is writing to
        one of the items just now: read again what it was decided on.
        """
        items: Any = [{write.kind: {"TableName": self.name, **write.request}} for write in writes]
        with as_store_unavailable(TABLE):
            try:
                await self.client.transact_write_items(TransactItems=items)
            except self.client.exceptions.TransactionCanceledException as error:
                reasons = error.response["CancellationReasons"]
                if {reason.get("Code", "None") for reason in reasons} <= _LOST:
                    return False
                raise
        return True

    async def next_number(self, sequence: str) -> int:
        """Return the next number, from 1 on; some may be left out, none comes twice."""
        with as_store_unavailable(TABLE):
            answer = await self.client.update_item(
                TableName=self.name,
                Key=Key(f"sequence#{sequence}").attributes,
                UpdateExpression="ADD last_number :one",
                ExpressionAttributeValues={":one": value(1)},
                ReturnValues="UPDATED_NEW",
            )
        return number(answer["Attributes"], "last_number")

    async def _write(self, write: Write) -> bool | None:
        request = {"TableName": self.name, **write.request}
        with as_store_unavailable(TABLE):
            try:
                match write.kind:
                    case "Put":
                        await self.client.put_item(**request)
                    case "Update":
                        await self.client.update_item(**request)
                    case "Delete":
                        await self.client.delete_item(**request)
            except self.client.exceptions.ConditionalCheckFailedException:
                return False
            except self.client.exceptions.TransactionConflictException:
                return None
        return True

    async def _get_some(self, keys: Sequence[Key]) -> list[Item]:
        found: list[Item] = []
        asked: Any = {self.name: {"Keys": [key.attributes for key in keys], "ConsistentRead": True}}
        for pause in _PAUSES:
            with as_store_unavailable(TABLE):
                answer = await self.client.batch_get_item(RequestItems=asked)
            found += answer["Responses"].get(self.name, [])
            asked = answer.get("UnprocessedKeys")
            if not asked:
                return found
            await asyncio.sleep(pause)
        raise StoreUnavailable(f"{TABLE} can't be used now: it is throttling")

    async def _put_some(self, items: Sequence[Item]) -> None:
        asked: Any = {self.name: [{"PutRequest": {"Item": item}} for item in items]}
        for pause in _PAUSES:
            with as_store_unavailable(TABLE):
                answer = await self.client.batch_write_item(RequestItems=asked)
            asked = answer.get("UnprocessedItems")
            if not asked:
                return
            await asyncio.sleep(pause)
        raise StoreUnavailable(f"{TABLE} can't be used now: it is throttling")


async def create_work_table(client: DynamoDBClient, name: str) -> None:
    """Make the table and let its items expire. Harmless when it is there already."""
    with as_store_unavailable(TABLE):
        await create_table(client, name, expires=EXPIRES)
