"""``Messages`` in the work table; which items it takes, and why, is told in ``dynamodb_lines``.

Each change is one transaction: the message, its place in its recipient's line, what is due and
the counts agree at any moment, whoever is killed or comes in between.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from msgspec.structs import replace

from mentorbooking.adapters.instants import microseconds
from mentorbooking.adapters.messages.changes import Change, Stored, changes_of_plan, queued
from mentorbooking.adapters.messages.dynamodb_lines import (
    ABOUT_BOOKINGS,
    COUNTS,
    LINE_READ,
    OTHERS,
    WRITES_PER_CHANGE,
    WRITES_PER_MESSAGE,
    Line,
    booking_partition,
    ids_in,
    line_of,
    line_partition,
    message_key,
    stored,
    writes_for,
)
from mentorbooking.adapters.work.dynamodb_table import MOST_ITEMS, WorkTable
from mentorbooking.adapters.work.dynamodb_tracking import advanced, position_of
from mentorbooking.adapters.work.dynamodb_values import in_order, number, text
from mentorbooking.adapters.work.dynamodb_writes import Write
from mentorbooking.adapters.work.overtaken import unless_overtaken
from mentorbooking.application.ports.messages import (
    MessageRecord,
    Messages,
    MessageStatus,
    Resend,
)

MAILER: Final = "mailer"
"""The mailer's name among the tracked positions."""

PLANNED_AT_ONCE: Final = (MOST_ITEMS - WRITES_PER_CHANGE - 1) // WRITES_PER_MESSAGE
"""So many messages fit into a transaction, with the position."""

_AFTER_ANY_ID: Final = "~"


@dataclass(frozen=True, slots=True)
class DynamoDBMessages(Messages):
    table: WorkTable

    async def position(self) -> int:
        return await position_of(self.table, MAILER)

    async def plan(
        self,
        messages: Collection[MessageRecord],
        resends: Collection[Resend] = (),
        *,
        position: int,
    ) -> None:
        """Do what the port says; sixteen messages at a time, in the log's order.

        The position comes with the last of them. Who was stopped in between has planned some
        of it and is at the old position: the same plan again adds what is missing.
        """
        planned = {
            each.id: queued(each)
            for each in sorted(messages, key=lambda each: (each.position, each.id))
        }
        again = [each.message_id for each in resends if each.message_id not in planned]
        ids = list(dict.fromkeys([*again, *planned]))
        while len(ids) > PLANNED_AT_ONCE:
            await self._plan(ids[:PLANNED_AT_ONCE], planned, resends)
            ids = ids[PLANNED_AT_ONCE:]
        await self._plan(ids, planned, resends, position)

    async def due(self, *, now: datetime, limit: int) -> Sequence[MessageRecord]:
        up_to = in_order(microseconds(now), _AFTER_ANY_ID)
        items = await self.table.query(ABOUT_BOOKINGS, up_to=up_to, limit=limit)
        if len(items) < limit:
            items += await self.table.query(OTHERS, up_to=up_to, limit=limit - len(items))
        known = await self._known(ids_in(items))
        return [
            known[message_id].record
            for message_id in ids_in(items)
            if message_id in known and known[message_id].record.status is MessageStatus.QUEUED
        ]

    async def sent(self, message_id: str, *, at: datetime) -> None:
        await self._change(
            message_id,
            lambda queued: replace(
                queued,
                status=MessageStatus.SENT,
                attempts=queued.attempts + 1,
                last_error=None,
                due_at=None,
                sent_at=at,
            ),
        )

    async def failed(self, message_id: str, error: str, *, retry_at: datetime | None) -> None:
        await self._change(
            message_id,
            lambda queued: replace(
                queued,
                status=MessageStatus.FAILED if retry_at is None else MessageStatus.QUEUED,
                attempts=queued.attempts + 1,
                failures=queued.failures + 1,
                last_error=error,
                due_at=retry_at,
            ),
        )

    async def suppressed(self, message_id: str, reason: str) -> None:
        await self._change(
            message_id,
            lambda queued: replace(
                queued, status=MessageStatus.SUPPRESSED, last_error=reason, due_at=None
            ),
        )

    async def get(self, message_id: str) -> MessageRecord | None:
        item = await self.table.get(message_key(message_id))
        return stored(item).record if item else None

    async def of_booking(
        self, booking_id: str, *, recipients: Collection[str] | None = None
    ) -> Sequence[MessageRecord]:
        items = [
            item
            for item in await self.table.query(booking_partition(booking_id))
            if recipients is None or text(item, "recipient") in recipients
        ]
        known = await self._known(ids_in(items))
        return [known[message_id].record for message_id in ids_in(items) if message_id in known]

    async def counts(self) -> Mapping[MessageStatus, int]:
        item = await self.table.get(COUNTS)
        counted = {status: number(item, status) for status in MessageStatus}
        return {status: count for status, count in counted.items() if count}

    async def _plan(
        self,
        ids: Collection[str],
        planned: Mapping[str, MessageRecord],
        resends: Collection[Resend],
        position: int = 0,
    ) -> None:
        async def attempt() -> bool | None:
            known = await self._known(ids)
            changes = list(changes_of_plan(ids, known, planned, resends))
            ahead = position > 0 and position > await self.position()
            moves = [advanced(MAILER, position)] if ahead else []
            return await self._write(changes, moves)

        await unless_overtaken(attempt)

    async def _change(
        self, message_id: str, change: Callable[[MessageRecord], MessageRecord]
    ) -> None:
        async def attempt() -> bool | None:
            known = (await self._known([message_id])).get(message_id)
            if known is None or known.record.status is not MessageStatus.QUEUED:
                return True
            return await self._write([Change(known, change(known.record))])

        await unless_overtaken(attempt)

    async def _write(self, changes: Sequence[Change], moves: Sequence[Write] = ()) -> bool | None:
        recipients = {each.after.recipient for each in changes if each.moves_in_line}
        writes = [*writes_for(changes, await self._lines(recipients)), *moves]
        return not writes or await self.table.transact(writes) or None

    async def _lines(self, recipients: Collection[str]) -> Mapping[str, Line]:
        lines = await asyncio.gather(*[self._line(recipient) for recipient in recipients])
        return {line.recipient: line for line in lines}

    async def _line(self, recipient: str) -> Line:
        items = await self.table.query(line_partition(recipient), limit=LINE_READ)
        return line_of(recipient, items)

    async def _known(self, ids: Iterable[str]) -> Mapping[str, Stored]:
        items = await self.table.get_all([message_key(message_id) for message_id in ids])
        return {known.record.id: known for known in map(stored, items.values())}
