"""How the outbox is doing: how far publishing has come, what waits, since when and why."""

from __future__ import annotations

from datetime import datetime

import msgspec

from mentorbooking.application.ports.event_log import EventLog
from mentorbooking.application.ports.outbox_ledger import OutboxLedger, ParkedEvent, ParkedState


class OutboxStatus(msgspec.Struct, frozen=True, kw_only=True):
    """``position`` is how far the relay has looked, ``lag`` how many events are behind it.

    ``published_until`` and ``oldest_waiting_since`` are when an event was recorded: the newest one
    that the relay has looked at, and the oldest one that it has still to look at or to send (dead
    letters are given up, and wait for nothing). ``next_try_at`` is when something that failed is
    tried again. ``last_error`` is that of the newest event that failed. ``waiting_events`` are
    those that failed and will be tried again.
    """

    position: int
    head: int
    lag: int
    waiting: int
    held: int
    dead: int
    published_until: datetime | None
    oldest_waiting_since: datetime | None
    oldest_waiting_seconds: float
    next_try_at: datetime | None
    last_error: str | None
    waiting_events: tuple[ParkedEvent, ...]
    dead_letters: tuple[ParkedEvent, ...]


async def outbox_status(log: EventLog, ledger: OutboxLedger, *, now: datetime) -> OutboxStatus:
    """Look at all of it; what moves meanwhile is told as it was when it was looked at."""
    position, parked = await ledger.position(), await ledger.parked()
    head = await log.head()
    lag = max(0, head - position)
    waiting, held, dead = (
        tuple(event for event in parked if event.state is state)
        for state in (ParkedState.WAITING, ParkedState.HELD, ParkedState.DEAD)
    )
    unsent = [event.position for event in (*waiting, *held)]
    oldest = min([*unsent, *([position + 1] if lag else [])], default=0)
    since = await _recorded_at(log, oldest)
    errors = [event.last_error for event in parked if event.last_error is not None]
    return OutboxStatus(
        position=position,
        head=head,
        lag=lag,
        waiting=len(waiting),
        held=len(held),
        dead=len(dead),
        published_until=await _recorded_at(log, position),
        oldest_waiting_since=since,
        oldest_waiting_seconds=max(0.0, (now - since).total_seconds()) if since else 0.0,
        next_try_at=min((event.due_at for event in waiting if event.due_at), default=None),
        last_error=errors[-1] if errors else None,
        waiting_events=waiting,
        dead_letters=dead,
    )


async def _recorded_at(log: EventLog, position: int) -> datetime | None:
    """Return when the event at a position was recorded; None: there is none."""
    found = await log.read(position - 1, 1) if position else ()
    return found[0].recorded_at if found else None
