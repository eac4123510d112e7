"""How much of this machine a booking takes, and how many are made in a second."""

from __future__ import annotations

import asyncio
import secrets
import time
from typing import TYPE_CHECKING

import msgspec

from bench.aws.stage import gather
from bench.report import Figure
from mentorbooking.application.context import (
    CommandContext,
    IdempotentRequest,
    StoredAnswer,
    enter_context,
    user_actor,
)
from mentorbooking.application.use_cases.bookings.create_booking import CreateBooking

if TYPE_CHECKING:
    from bench.aws.stage import Party, Stage

AT_ONCE = 64
WARM_UP = 2
EACH = 8
ALONE = 200

_encode = msgspec.json.Encoder().encode


async def speed(stage: Stage) -> list[Figure]:
    """Book as the API does, without HTTP: one after the other, then many at a time."""
    party = await gather(stage, slots=ALONE)
    cpu, clock = time.process_time(), time.perf_counter()
    for _ in range(ALONE):
        await _book(stage, party)
    cpu, clock = time.process_time() - cpu, time.perf_counter() - clock
    return [
        Figure("client CPU of a booking, one after the other", cpu / ALONE * 1000, "ms"),
        Figure("a booking takes, one after the other", clock / ALONE * 1000, "ms"),
        *await many_at_a_time(stage),
    ]


async def many_at_a_time(stage: Stage) -> list[Figure]:
    """Book with as many mentors at once."""
    parties = [await gather(stage, slots=WARM_UP + EACH, students=1) for _ in range(AT_ONCE)]
    await asyncio.gather(*(_book_some(stage, party, WARM_UP) for party in parties))
    busy, began = time.process_time(), time.perf_counter()
    await asyncio.gather(*(_book_some(stage, party, EACH) for party in parties))
    busy, seconds = time.process_time() - busy, time.perf_counter() - began
    made, lanes = AT_ONCE * EACH, stage.base.lanes
    where = f"on {lanes} lane{'s' if lanes > 1 else ''}, {AT_ONCE} at a time"
    return [
        Figure(f"client CPU of a booking {where}", busy / made * 1000, "ms"),
        Figure(f"bookings of one process {where}", made / seconds, "a second"),
    ]


async def _book_some(stage: Stage, party: Party, count: int) -> None:
    for _ in range(count):
        await _book(stage, party)


async def _book(stage: Stage, party: Party) -> None:
    slot_id = party.open.pop(0)
    caller = party.students[len(party.open) % len(party.students)].principal
    context = CommandContext(
        actor=user_actor(caller.user_id), channel="http", correlation_id=secrets.token_hex(16)
    )
    context.idempotent = IdempotentRequest(
        principal=caller.user_id,
        key=secrets.token_hex(16),
        request_hash=secrets.token_bytes(32),
        render=lambda booking: StoredAnswer(201, f"/bookings/{booking.id}", _encode(booking)),
    )
    enter_context(context)
    await stage.service.core.commands.create_booking(
        CreateBooking(
            caller=caller,
            mentor_id=party.mentor.id,
            slot_id=slot_id,
            title="My first compiler",
            description="How do I begin?",
        )
    )
