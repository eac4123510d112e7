"""How much of this machine a booking takes, and how many are made in a second."""

from __future__ import annotations

import asyncio
import secrets
import time
from typing import TYPE_CHECKING

import msgspec

from bench.aws.counting import far_away
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
AT_ONCE_FAR = 32
EACH_FAR = 6
FAR_SECONDS = 0.05
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
    """Book with as many mentors at once, here and as if the table were far away."""
    seconds, cpu = await _timed(stage, AT_ONCE, EACH)
    with far_away(await stage.base.clients.dynamodb(), FAR_SECONDS):
        seconds_far, _ = await _timed(stage, AT_ONCE_FAR, EACH_FAR)
    lanes = stage.base.lanes
    where = f"on {lanes} lane{'s' if lanes > 1 else ''}, {AT_ONCE} at a time"
    slower = f"on {lanes}, {AT_ONCE_FAR} at a time, {FAR_SECONDS * 1000:.0f} ms away"
    return [
        Figure(f"client CPU of a booking {where}", cpu / (AT_ONCE * EACH) * 1000, "ms"),
        Figure(f"bookings of one process {where}", AT_ONCE * EACH / seconds, "a second"),
        Figure(f"bookings {slower}", AT_ONCE_FAR * EACH_FAR / seconds_far, "a second"),
    ]


async def _timed(stage: Stage, at_once: int, each: int) -> tuple[float, float]:
    """Book; return the seconds that it took, and those of the processor."""
    parties = [await gather(stage, slots=WARM_UP + each, students=1) for _ in range(at_once)]
    await asyncio.gather(*(_book_some(stage, party, WARM_UP) for party in parties))
    busy, began = time.process_time(), time.perf_counter()
    await asyncio.gather(*(_book_some(stage, party, each) for party in parties))
    return time.perf_counter() - began, time.process_time() - busy


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
