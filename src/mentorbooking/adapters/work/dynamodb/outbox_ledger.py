"""``OutboxLedger`` in the work table: ``parked#<relay>`` has an item for each parked event.

All of them are read at once; there are few, and on most days none.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec

from mentorbooking.adapters.work.dynamodb.overtaken import unless_overtaken
from mentorbooking.adapters.work.dynamodb.table import MOST_ITEMS, WorkTable
from mentorbooking.adapters.work.dynamodb.tracked_positions import advanced, position_of
from mentorbooking.adapters.work.dynamodb.values import Key, decoded, encoded, in_order
from mentorbooking.adapters.work.dynamodb.writes import Write, delete, put
from mentorbooking.application.ports.outbox_ledger import OutboxLedger, ParkedEvent, ParkedState

RELAY: Final = "outbox"
"""The relay's name among the tracked positions."""


@dataclass(frozen=True, slots=True)
class DynamoDBOutboxLedger(OutboxLedger):
    table: WorkTable

    async def position(self) -> int:
        return await position_of(self.table, RELAY)

    async def parked(self) -> Sequence[ParkedEvent]:
        items = await self.table.query(self._partition)
        return [decoded(item, ParkedEvent) for item in items]

    async def record(
        self,
        *,
        position: int = 0,
        parked: Collection[ParkedEvent] = (),
        sent: Collection[int] = (),
    ) -> None:
        """Do what the port says. Of more than a transaction takes, parking comes first and the
        position last: who was stopped in between begins at the old position, and sends again.
        """
        writes = {each.position: self._putting(each) for each in parked}
        writes |= {number: delete(self._key(number)) for number in sent if number not in writes}
        left = list(writes.values())
        while len(left) >= MOST_ITEMS:
            await self._transact(left[:MOST_ITEMS])
            left = left[MOST_ITEMS:]
        await self._transact(left, position)

    async def redrive(self, position: int | None, *, now: datetime) -> int:
        """Have dead letters tried again; of all of them, each by itself."""
        return sum(
            [
                await self.table.write(
                    put(
                        encoded(self._key(letter.position), _redriven(letter, now)),
                        "#state = :dead",
                        dead=ParkedState.DEAD,
                    )
                )
                for letter in await self.parked()
                if letter.state is ParkedState.DEAD and position in (None, letter.position)
            ]
        )

    async def _transact(self, writes: Sequence[Write], position: int = 0) -> None:
        async def attempt() -> bool | None:
            ahead = position > 0 and position > await self.position()
            moves = [advanced(RELAY, position)] if ahead else []
            if not (writes or moves):
                return True
            return await self.table.transact([*writes, *moves]) or None

        await unless_overtaken(attempt)

    def _putting(self, event: ParkedEvent) -> Write:
        return put(encoded(self._key(event.position), event))

    @property
    def _partition(self) -> str:
        return f"parked#{RELAY}"

    def _key(self, position: int) -> Key:
        return Key(self._partition, in_order(position))


def _redriven(letter: ParkedEvent, now: datetime) -> ParkedEvent:
    return msgspec.structs.replace(letter, state=ParkedState.WAITING, attempts=0, due_at=now)
