"""The views table: one for all read models. It may be thrown away: the log is the truth.

Reads are by key or by partition. Nothing but clearing away what is not in use, and comparing
two stores, ever goes through the whole table.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

from botocore.exceptions import ClientError

from mentorbooking.adapters.aws.failures import failure_code
from mentorbooking.adapters.aws.unavailable import as_store_unavailable
from mentorbooking.adapters.read_models.dynamodb import requests
from mentorbooking.adapters.read_models.dynamodb.items import Item, Place, place_of
from mentorbooking.application.ports.unavailable import StoreUnavailable

if TYPE_CHECKING:
    from types_aiobotocore_dynamodb import DynamoDBClient

_REFUSED: Final = "ConditionalCheckFailedException"
_AT_ONCE: Final = 16
_ROUNDS: Final = 6
_PAUSE_SECONDS: Final = 0.05

T = TypeVar("T")


class RowRefused(Exception):
    """Another event has put a row there, which nothing may change."""


class Found(NamedTuple):
    """What a query found, and where it goes on; None: there is no more."""

    items: Sequence[Item]
    more: Item | None


class ViewsTable:
    """Any method raises ``StoreUnavailable`` while DynamoDB can't be used, within seconds.

    ``strongly``: lists see all that was written before. Eventual reads cost half of it and may
    miss what is a second old, so that nobody can be sure to read their own writes.
    """

    def __init__(self, client: DynamoDBClient, name: str, *, strongly: bool = True) -> None:
        self.client = client
        self.name = name
        self.strongly = strongly
        self._room = asyncio.Semaphore(_AT_ONCE)

    # -- reading -----------------------------------------------------------

    async def get(self, place: Place, *, strongly: bool = True) -> Item | None:
        with as_store_unavailable("the read models"):
            answer = await self.client.get_item(
                TableName=self.name, Key=place.key, ConsistentRead=strongly
            )
        return answer.get("Item")

    async def get_some(self, places: Collection[Place]) -> dict[Place, Item]:
        """Return those of the items that exist, read strongly."""
        parts = [self._get_part(part) for part in _parts(list(places), requests.MOST_READ)]
        found: dict[Place, Item] = {}
        for items in await asyncio.gather(*parts):
            found.update((place_of(item), item) for item in items)
        return found

    async def query(self, partition: str, first: str, last: str, **more: Any) -> Found:
        """Return a part of a partition, at most 1 MB of it; see ``requests.ranging``."""
        given = {"strongly": self.strongly} | more
        request = requests.ranging(self.name, partition, first, last, **given)
        with as_store_unavailable("the read models"):
            answer = await self.client.query(**request)
        return Found(answer["Items"], answer.get("LastEvaluatedKey"))

    async def query_all(self, partition: str, first: str, last: str, **more: Any) -> list[Item]:
        """Return a range of a partition whole, however many answers that takes."""
        items: list[Item] = []
        begin: Item | None = None
        while True:
            found = await self.query(partition, first, last, begin=begin, **more)
            items += found.items
            begin = found.more
            if begin is None:
                return items

    async def everything(self, *attributes: str) -> AsyncIterator[Sequence[Item]]:
        """Go through the whole table, for who clears away or compares."""
        request: dict[str, Any] = {"TableName": self.name, "ConsistentRead": True}
        if attributes:
            request["ProjectionExpression"] = ", ".join(attributes)
        while True:
            with as_store_unavailable("the read models"):
                answer = await self.client.scan(**request)
            yield answer["Items"]
            if "LastEvaluatedKey" not in answer:
                return
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    # -- writing -----------------------------------------------------------

    async def put_newer(self, items: Collection[Item]) -> None:
        """Put rows, each unless the one that is there is as new or newer."""
        await self._each(self._put_newer, items)

    async def put_once(self, items: Collection[Item]) -> None:
        """Put rows that never change; ``RowRefused`` if another event has put one there."""
        await self._each(self._put_once, items)

    async def put_all(self, items: Sequence[Item]) -> None:
        """Put items whatever is there: for rows that nobody else writes."""
        await self._each(
            self._write, [requests.writing(self.name, p) for p in _parts(items, _PART)]
        )

    async def delete_all(self, places: Sequence[Place]) -> None:
        await self._each(
            self._write, [requests.deleting(self.name, p) for p in _parts(places, _PART)]
        )

    async def put_version(self, item: Item, version: int) -> Item | None:
        """Put an item if it has this version; else return the one that is there instead."""
        with as_store_unavailable("the read models"):
            try:
                await self.client.put_item(**requests.putting_version(self.name, item, version))
            except ClientError as error:
                if failure_code(error) != _REFUSED:
                    raise
                response: Any = error.response
                there: Item = response.get("Item", {})
                return there
        return None

    async def _put_newer(self, item: Item) -> None:
        with as_store_unavailable("the read models"):
            try:
                await self.client.put_item(**requests.putting_newer(self.name, item))
            except ClientError as error:
                if failure_code(error) != _REFUSED:
                    raise

    async def _put_once(self, item: Item) -> None:
        with as_store_unavailable("the read models"):
            try:
                await self.client.put_item(**requests.putting_once(self.name, item))
            except ClientError as error:
                if failure_code(error) != _REFUSED:
                    raise
                raise RowRefused from error

    async def _write(self, request: dict[str, Any]) -> None:
        for round_ in range(_ROUNDS):
            with as_store_unavailable("the read models"):
                answer = await self.client.batch_write_item(**request)
            if not answer.get("UnprocessedItems"):
                return
            request = {"RequestItems": answer["UnprocessedItems"]}
            await asyncio.sleep(_PAUSE_SECONDS * 2**round_)
        raise StoreUnavailable("the read models can't be written now: throttled")

    async def _get_part(self, places: Sequence[Place]) -> list[Item]:
        found: list[Item] = []
        request: dict[str, Any] = requests.reading(self.name, places)
        for round_ in range(_ROUNDS):
            async with self._room:
                with as_store_unavailable("the read models"):
                    answer = await self.client.batch_get_item(**request)
            found += answer["Responses"].get(self.name, [])
            if not answer.get("UnprocessedKeys"):
                return found
            request = {"RequestItems": answer["UnprocessedKeys"]}
            await asyncio.sleep(_PAUSE_SECONDS * 2**round_)
        raise StoreUnavailable("the read models can't be read now: throttled")

    async def _each(self, write: Callable[[T], Awaitable[None]], given: Collection[T]) -> None:
        """Do it for all, some at once; the first failure ends it, and nothing goes on behind."""

        async def one(each: T) -> None:
            async with self._room:
                await write(each)

        tasks = [asyncio.ensure_future(one(each)) for each in given]
        try:
            await asyncio.gather(*tasks)
        except BaseException:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            raise


_PART: Final = requests.MOST_WRITTEN


def _parts(given: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for first in range(0, len(given), size):
        yield given[first : first + size]
