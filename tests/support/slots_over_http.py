"""Offering time slots over HTTP, and seeing them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import httpx

from tests.support.person import Person
from tests.support.running_service import House, pages_of, told

HOUR = timedelta(hours=1)


def span(start: datetime, minutes: float = 60) -> dict[str, str]:
    return {"start": told(start), "end": told(start + timedelta(minutes=minutes))}


async def offer(mentor: Person, *slots: dict[str, str]) -> httpx.Response:
    return await mentor.post(f"/mentors/{mentor.id}/timeslots", {"slots": list(slots)})


async def open_slots(house: House, mentor: Person, **query: Any) -> list[str]:
    rows = await pages_of(house.anyone, f"/mentors/{mentor.id}/timeslots", **query)
    return [row["id"] for page in rows for row in page]
