"""``Messages`` in the work table; which items it takes, and why, is told in ``dynamodb_items``.

A transaction would cost double. So what belongs together is written one after the other, in an
order in which whoever is killed in between has lost nothing: the hint that a message waits before
the message, the position behind all of its messages.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from msgspec.structs import replace

from mentorbooking.adapters.messages.dynamodb.changes import (
    Stored,
    failed,
    queued,
    queued_again,
    sent,
    suppressed,
)
from mentorbooking.adapters.messages.dynamodb.items import (
    COUNTS,
    QUEUED,
    booking_partition,
    changed,
    counts_in,
    home_of,
    key_by_id,
    message_item,
    moved_on,
    new,
    signpost,
    signposted,
    stored,
    waiting_in,
    waiting_item,
    waiting_key,
    waiting_of,
)
from mentorbooking.adapters.messages.dynamodb.waiting_lines import Waiting, WaitingLines
from mentorbooking.adapters.work.dynamodb.overtaken import unless_overtaken
from mentorbooking.adapters.work.dynamodb.table import WorkTable
from mentorbooking.adapters.work.dynamodb.tracked_positions import position_key, position_of
from mentorbooking.adapters.work.dynamodb.values import Item, text
from mentorbooking.adapters.work.dynamodb.writes import delete, put
from mentorbooking.application.ports.messages import (
    MessageRecord,
    Messages,
    MessageStatus,
    Resend,
)

MAILER: Final = "mailer"
"""The mailer's name among the tracked positions."""

LOOKED_AGAIN: Final = timedelta(minutes=1)
"""After so long it is read again what waits: somebody else may have planned it."""

_AT_ONCE: Final = 16
_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)
_NOT_YET: Final = datetime.max.replace(tzinfo=UTC)


class DynamoDBMessages(Messages):
    """What waits is in the memory of who sends: asking what is due reads only what is sent then.

    So whoever takes over from another mailer begins with a new one of these. ``mailer`` tells
    one mailer from another, where each lane of the log has its own.
    """

    def __init__(self, table: WorkTable, mailer: str = MAILER) -> None:
        self._table = table
        self._mailer = mailer
        self._lines = WaitingLines()
        self._looked_at = _LONG_AGO
        self._seen: dict[str, Stored] = {}

    async def position(self) -> int:
        return await position_of(self._table, self._mailer)

    async def plan(
        self,
        messages: Collection[MessageRecord],
        resends: Collection[Resend] = (),
        *,
        position: int,
    ) -> None:
        """Do what the port says, the position last.

        Who was stopped has planned some of it and is at the old position: the same plan again
        adds what is missing, and counts it once.
        """
        before = await self.position()
        planned = list({each.id: queued(each) for each in messages}.values())
        items = [message_item(each, 1) for each in planned]
        signposts = [item for each in planned if (item := signpost(each))]
        waiting = [waiting_of(each) for each in planned]
        await self._table.put_all([*map(waiting_item, waiting), *signposts])
        for start in range(0, len(items), _AT_ONCE):
            await asyncio.gather(*map(self._add, items[start : start + _AT_ONCE]))
        for each in waiting:
            self._joins(each)
        for resend in resends:
            await self._queue_again(resend)
        await self._move_on(before, position, messages)

    async def due(self, *, now: datetime, limit: int) -> Sequence[MessageRecord]:
        lines = await self._up_to_date_lines(now)
        while True:
            first = lines.due(now, limit)
            known = await self._known(first)
            astray = [each for each in first if not _is_due(each, known.get(each.id), now)]
            if not astray:
                self._seen = dict(known)
                return [known[each.id].record for each in first]
            for each in astray:
                await self._set_right(each, known.get(each.id))

    async def sent(self, *message_ids: str, at: datetime) -> None:
        for message_id in message_ids:
            await self._change(message_id, lambda record: sent(record, at))

    async def failed(self, message_id: str, error: str, *, retry_at: datetime | None) -> None:
        await self._change(message_id, lambda record: failed(record, error, retry_at))

    async def suppressed(self, message_id: str, reason: str) -> None:
        await self._change(message_id, lambda record: suppressed(record, reason))

    async def get(self, message_id: str) -> MessageRecord | None:
        found = await self._find(message_id)
        return found.record if found else None

    async def of_booking(
        self, booking_id: str, *, recipients: Collection[str] | None = None
    ) -> Sequence[MessageRecord]:
        items = await self._table.query(booking_partition(booking_id))
        return [
            stored(item).record
            for item in items
            if recipients is None or text(item, "recipient") in recipients
        ]

    async def counts(self) -> Mapping[MessageStatus, int]:
        """Count them; while a plan is being made, what waits may be counted and no more."""
        waiting = await self._table.count(QUEUED)
        tracked = await self._table.get(position_key(self._mailer))
        return counts_in(tracked, await self._table.get(COUNTS), waiting)

    async def _add(self, item: Item) -> None:
        """Add a message, unless there is one: it stays as it is."""
        await self._table.write(new(item))

    async def _queue_again(self, resend: Resend) -> None:
        async def attempt() -> bool | None:
            known = await self._find(resend.message_id)
            if known is None:
                return True
            after, before = known.record, resend.number - 1
            if after.resends < resend.number:
                after, before = queued_again(after, resend), after.resends
                await self._table.write(put(waiting_item(waiting_of(after))))
                if not await self._store(known, after):
                    return None
            if after.status is MessageStatus.QUEUED:
                self._joins(waiting_of(after))
            await self._table.write(delete(waiting_key(replace(waiting_of(after), resends=before))))
            return True

        await unless_overtaken(attempt)

    async def _move_on(
        self, before: int, position: int, messages: Collection[MessageRecord]
    ) -> None:
        """Move the position on, and count what it has passed.

        A plan says the same whoever makes it, so what lies between two positions is counted by
        whoever moves the position over it.
        """
        while position > before:
            passed = sum(before < each.position <= position for each in messages)
            if await self._table.write(moved_on(self._mailer, before, position, passed)):
                return
            before = await self.position()

    async def _change(
        self, message_id: str, change: Callable[[MessageRecord], MessageRecord]
    ) -> None:
        async def attempt() -> bool | None:
            known = self._seen.pop(message_id, None) or await self._find(message_id)
            if known is None:
                return True
            after = change(known.record) if known.is_queued else known.record
            if known.is_queued and not await self._store(known, after):
                return None
            await self._wait_or_leave(after)
            return True

        await unless_overtaken(attempt)

    async def _store(self, known: Stored, after: MessageRecord) -> bool:
        """Change a message; False if it is another one by now than was read."""
        writes = list(changed(known, after))
        if len(writes) == 1:
            return await self._table.write(writes[0])
        return await self._table.transact(writes)

    async def _wait_or_leave(self, record: MessageRecord) -> None:
        waiting = waiting_of(record)
        if record.status is MessageStatus.QUEUED:
            await self._table.write(put(waiting_item(waiting)))
            self._joins(waiting)
        else:
            await self._table.write(delete(waiting_key(waiting)))
            self._lines.drop(record.id)

    async def _set_right(self, waiting: Waiting, found: Stored | None) -> None:
        """Take in what a message says, which is the truth, of one that was to be due."""
        if found is None or found.record.resends < waiting.resends:
            # Somebody is about to queue it, or was killed over it and it will be planned again:
            # until then it holds its place in the line.
            self._joins(replace(waiting, due_at=_NOT_YET))
            return
        if not found.is_queued or found.record.resends > waiting.resends:
            await self._table.write(delete(waiting_key(waiting)))
        if found.is_queued:
            self._joins(waiting_of(found.record))
        else:
            self._lines.drop(waiting.id)

    async def _up_to_date_lines(self, now: datetime) -> WaitingLines:
        if not timedelta() <= now - self._looked_at < LOOKED_AGAIN:
            items = await self._table.query(QUEUED)
            self._lines, self._looked_at = WaitingLines(map(waiting_in, items)), now
        return self._lines

    def _joins(self, waiting: Waiting) -> None:
        self._seen.pop(waiting.id, None)
        self._lines.put(waiting)

    async def _known(self, waiting: Iterable[Waiting]) -> Mapping[str, Stored]:
        items = await self._table.get_all([home_of(each) for each in waiting])
        return {known.record.id: known for known in map(stored, items.values())}

    async def _find(self, message_id: str) -> Stored | None:
        item = await self._table.get(key_by_id(message_id))
        if item and (home := signposted(item)):
            item = await self._table.get(home)
        return stored(item) if item else None


def _is_due(waiting: Waiting, found: Stored | None, now: datetime) -> bool:
    return (
        found is not None
        and found.is_queued
        and found.record.resends == waiting.resends
        and waiting_of(found.record).due_at <= now
    )
