"""A log on DynamoDB, and what is kept of its streams beside it."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from mentorbooking.adapters.persistence.chain import StreamBreak
from mentorbooking.adapters.persistence.dynamodb_log.items import Item, blob, key
from mentorbooking.adapters.persistence.dynamodb_log.log import DynamoDBLog
from mentorbooking.adapters.persistence.dynamodb_log.packing import (
    Tail,
    pack_tail,
    unpack_tail,
)
from mentorbooking.adapters.persistence.dynamodb_log.verification.chains import verify
from mentorbooking.adapters.persistence.dynamodb_log.verification.streams import (
    Walked,
    verify_streams,
)
from mentorbooking.adapters.persistence.requests import Snapshot, StoredEvent
from tests.support.dynamodb_logs import appending, to

if TYPE_CHECKING:
    pass


KEY = bytes(32)


LENGTH = 20


SNAPSHOT_OF = 10


TIP, SNAPSHOT = -1, -2


class Kept:
    """A log with streams of every kind, and the table behind its back."""

    def __init__(self, client: Any, log: DynamoDBLog) -> None:
        self.client, self.log = client, log

    async def fill(self) -> None:
        """``long`` has batches and a snapshot, ``young`` a tip, ``wide`` an empty one."""
        chance = random.Random(1)
        for version in range(LENGTH):
            young = [to("young", version, b"of both")] if version < 3 else []
            await self.log.append(appending(to("long", version, chance.randbytes(150)), *young))
        await self.log.append(appending(to("wide", 0, *(chance.randbytes(90) for _ in range(60)))))
        await self.log.put_snapshot(Snapshot("long", SNAPSHOT_OF, 1, b"sound"))

    async def items(self, stream: str) -> dict[int, Item]:
        return {int(item["sk"]["N"]): item for item in await self.log.query(f"S#{stream}")}

    async def last_batch(self) -> int:
        return max(await self.items("long"))

    async def put(self, item: Item, **changes: Any) -> None:
        await self.client.put_item(TableName=self.log.table, Item={**item, **changes})

    async def delete(self, stream: str, place: int) -> None:
        await self.client.delete_item(TableName=self.log.table, Key=key(f"S#{stream}", place))

    async def edit(self, stream: str, place: int, change: Callable[[Tail], Tail]) -> None:
        item = (await self.items(stream))[place]
        await self.put(item, e=blob(pack_tail(change(unpack_tail(item["e"]["B"])))))

    async def verified(self, log: DynamoDBLog | None = None) -> Sequence[StreamBreak]:
        """Return what is found; any append that goes on is no concern of it."""
        log = log or self.log
        walked = Walked(KEY)
        chain = await verify(log, walked=walked)
        assert chain.broken is None
        return await verify_streams(log, walked, is_sound)


def is_sound(snapshot: Snapshot, events: Sequence[StoredEvent]) -> bool:
    assert [event.version for event in events] == list(range(1, snapshot.version + 1))
    return snapshot.state == b"sound"


def with_event(place: int, **fields: Any) -> Callable[[Tail], Tail]:
    """Change an event of the last commit but so many."""

    def change(tail: Tail) -> Tail:
        commits = list(tail)
        (event,) = commits[place].events
        commits[place] = replace(commits[place], events=(replace(event, **fields),))
        return tuple(commits)

    return change


def with_commit(place: int, **fields: Any) -> Callable[[Tail], Tail]:
    def change(tail: Tail) -> Tail:
        commits = list(tail)
        commits[place] = replace(commits[place], **fields)
        return tuple(commits)

    return change
