"""Over a bad network a command is sent again under its key: one effect, and one answer.

A round is a key. It is sent two to five times, some of them at the same moment; three in ten get
lost on the way there or back. Its owner goes on until there is an answer, and then asks again.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Collection, Iterable
from datetime import timedelta
from pathlib import Path

from mentorbooking.adapters.clock import SystemClock
from mentorbooking.adapters.persistence.sqlite_log.log import SQLiteLog
from tests.support.booking_party import Party, gather
from tests.support.effort import chance_of, seeds
from tests.support.lossy_requests import Answer, Fate, Request, send
from tests.support.program import Program
from tests.support.serving_process import served

OWNERS = 8
"""Keys that are under way at once."""

FATES = (Fate.ANSWERED,) * 14 + (Fate.REQUEST_LOST,) * 3 + (Fate.ANSWER_LOST,) * 3

Command = tuple[str, Request]
"""What is recorded once when it has taken effect, by its stored name; the request."""


def test_each_key_has_one_effect_and_one_answer(program: Program) -> None:
    keys = seeds(60)
    program.make_admin()
    with served(program.folder, MENTORBOOKING_RATE_LIMITS="off") as service:
        party = gather(service.url, students=5, slots=len(keys))
        with service.client() as signed_in:
            admin = {"Authorization": signed_in.headers["Authorization"]}
        commands = [_command(party, admin, number, seed) for number, seed in enumerate(keys)]
        wanted = Counter(topic for topic, _ in commands)
        before = _recorded(program.data, wanted)
        asyncio.run(_send_all(service.url, [request for _, request in commands], keys))
    assert _recorded(program.data, wanted) == before + wanted


def _command(party: Party, admin: dict[str, str], number: int, seed: int) -> Command:
    """Make what nobody else asks for; it would show if it were done twice."""
    key = {"Idempotency-Key": f"key-{seed}"}
    match number % 10:
        case 0:
            request = Request("/exports/bookings", {**admin, **key}, {"raw": True})
            return "bookings_export.requested", request
        case 1:
            profile = {"email": f"made{seed}@example.org", "name": "Made", "skills": ["Go"]}
            return "mentor.created", Request("/mentors", {**admin, **key}, profile)
        case 2 | 3:
            start = SystemClock().now() + timedelta(days=2, hours=len(party.slots) + number)
            end = start + timedelta(minutes=30)
            slots = {"slots": [{"start": start.isoformat(), "end": end.isoformat()}]}
            path = f"/mentors/{party.mentor_id}/timeslots"
            return "mentor_calendar.slots_added", Request(path, {**party.mentor, **key}, slots)
        case _:
            student = party.students[number % len(party.students)]
            booking = {"mentor_id": party.mentor_id, "slot_id": party.slots[number]}
            return "booking.created", Request("/bookings", {**student, **key}, booking)


async def _send_all(url: str, requests: Iterable[Request], keys: Iterable[int]) -> None:
    waiting = iter(zip(requests, keys, strict=True))

    async def owner() -> None:
        for request, seed in waiting:
            await _insist(url, request, chance_of(seed, what="loss"))

    await asyncio.gather(*(owner() for _ in range(OWNERS)))


async def _insist(url: str, request: Request, chance: random.Random) -> None:
    """Send a request until there is an answer, and once more: they are all the same."""
    fates = [chance.choice(FATES) for _ in range(chance.randint(2, 5))]
    heard: list[Answer | None] = []
    while fates:
        at_once = [fates.pop() for _ in range(min(len(fates), chance.choice((1, 1, 2, 3))))]
        heard += await asyncio.gather(*(send(url, request, fate, chance) for fate in at_once))
    while not (answers := [answer for answer in heard if answer]):
        heard.append(await send(url, request, chance.choice(FATES), chance))
    again = await send(url, request, Fate.ANSWERED, chance)
    assert again is not None
    assert again.headers.get("idempotency-replayed") == "true", again
    first_hand = [each for each in answers if "idempotency-replayed" not in each.headers]
    assert len(first_hand) <= 1
    for answer in answers:
        assert answer.status in (201, 202), answer
        assert _what_matters(answer) == _what_matters(again)


def _what_matters(answer: Answer) -> tuple[int, bytes, str | None, str]:
    headers = answer.headers
    return answer.status, answer.body, headers.get("location"), headers["event-position"]


def _recorded(data: Path, topics: Collection[str]) -> Counter[str]:
    """Count what the log holds of some stored names."""
    with SQLiteLog(data / "events.db") as log:
        return Counter(
            topic for (topic,) in log.query("SELECT topic FROM events") if topic in topics
        )
