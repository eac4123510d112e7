"""How the outbox is doing, for the command line, metrics and health."""

from __future__ import annotations

import msgspec

from mentorbooking.application.ports.event_log import EventLog
from mentorbooking.application.ports.outbox_ledger import OutboxLedger, ParkedEvent, ParkedState


class OutboxStatus(msgspec.Struct, frozen=True, kw_only=True):
    """``lag`` is how many events the relay has still to look at."""

    position: int
    head: int
    waiting: int
    held: int
    dead: int
    dead_letters: tuple[ParkedEvent, ...]

    @property
    def lag(self) -> int:
        return max(0, self.head - self.position)


async def outbox_status(log: EventLog, ledger: OutboxLedger) -> OutboxStatus:
    parked = await ledger.parked()
    states = [event.state for event in parked]
    return OutboxStatus(
        position=await ledger.position(),
        head=await log.head(),
        waiting=states.count(ParkedState.WAITING),
        held=states.count(ParkedState.HELD),
        dead=states.count(ParkedState.DEAD),
        dead_letters=tuple(event for event in parked if event.state is ParkedState.DEAD),
    )
