"""Which events each consumer has taken, so that a repeat has no effect.

``inbox#<consumer>#<event id>``, for as long as a repeat can come. What a consumer writes to the
work table belongs in one transaction with ``taken``: then it is done once, whatever happens.
Who does something else asks ``is_new`` first, and ``forget`` gives back what it failed to do. A
process that is killed between the two has not done it and never will: for what must not be lost
the effect itself has to be known by a key, as a job's and a mail's are.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from mentorbooking.adapters.work.dynamodb.table import WorkTable
from mentorbooking.adapters.work.dynamodb.values import EXPIRES, Key, seconds, value
from mentorbooking.adapters.work.dynamodb.writes import NEW, Write, delete, put

REMEMBERED: Final = timedelta(days=15)
"""Longer than a queue keeps a message."""


@dataclass(frozen=True, slots=True)
class DynamoDBInbox:
    table: WorkTable

    async def is_new(self, consumer: str, event_id: str, *, now: datetime) -> bool:
        """Take the event into the inbox; False if it is there already."""
        return await self.table.write(taken(consumer, event_id, now=now))

    async def forget(self, consumer: str, event_id: str) -> None:
        """Let a repeat be new again, because what the event was to bring about has failed."""
        await self.table.write(delete(_key(consumer, event_id)))


def taken(consumer: str, event_id: str, *, now: datetime) -> Write:
    """Return the write that takes an event; its condition is that this has not been done.

    DynamoDB drops what has run out when it likes, so the condition looks at the time as well.
    """
    item = _key(consumer, event_id).attributes | {EXPIRES: value(seconds(now + REMEMBERED))}
    return put(item, f"{NEW} OR #{EXPIRES} < :now", now=seconds(now))


def _key(consumer: str, event_id: str) -> Key:
    return Key(f"inbox#{consumer}#{event_id}")
