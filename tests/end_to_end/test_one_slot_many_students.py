"""Many students want the same hours at the same moment: each hour has exactly one winner."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

import httpx
import pytest

from tests.support.booking_party import Party, gather
from tests.support.serving_process import served

pytestmark = pytest.mark.anyio

STUDENTS, SLOTS = 20, 12


async def test_each_slot_has_one_winner_and_everybody_else_is_told_where_to_go(
    tmp_path: Path,
) -> None:
    with served(tmp_path, MENTORBOOKING_RATE_LIMITS="off") as service:
        party = await asyncio.to_thread(gather, service.url, students=STUDENTS, slots=SLOTS + 3)
        wanted = party.slots[:SLOTS]
        async with httpx.AsyncClient(base_url=service.url, timeout=30) as client:
            answers = await asyncio.gather(
                *(_book(client, party, who, slot) for slot in wanted for who in party.students)
            )
            winners = [answer for answer in answers if answer.status_code == 201]
            losers = [answer for answer in answers if answer.status_code != 201]
            assert Counter(won.json()["slot_id"] for won in winners) == Counter(wanted)
            for lost in losers:
                assert (lost.status_code, lost.json()["code"]) == (409, "slot-taken")
            assert all(lost.json()["alternatives"] for lost in losers)
            listed = await client.get(
                f"/mentors/{party.mentor_id}/bookings", headers=party.mentor, params={"limit": 200}
            )
        booked = {each["slot_id"]: each["id"] for each in listed.json()["data"]}
        assert booked == {won.json()["slot_id"]: won.json()["id"] for won in winners}


async def _book(
    client: httpx.AsyncClient, party: Party, student: dict[str, str], slot: str
) -> httpx.Response:
    body = {"mentor_id": party.mentor_id, "slot_id": slot}
    return await client.post("/bookings", json=body, headers=student)
