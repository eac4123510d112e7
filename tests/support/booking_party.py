"""A mentor with open hours and some students, as clients of a service that runs elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx

from mentorbooking.adapters.clock import SystemClock
from tests.support.patience import PATIENCE
from tests.support.program import PASSWORD

Headers = dict[str, str]


@dataclass
class Party:
    """``slots`` are the ids of the mentor's hours, the earliest first; ``hours`` their starts."""

    url: str
    mentor_id: str
    mentor: Headers
    students: list[Headers]
    slots: list[str]
    hours: list[datetime]

    def client(self, headers: Headers) -> httpx.Client:
        return httpx.Client(base_url=self.url, headers=headers, timeout=PATIENCE)

    def rival(self) -> tuple[str, list[str]]:
        """Register a mentor who offers the same hours; return the mentor's id and the slots'."""
        with httpx.Client(base_url=self.url, timeout=PATIENCE) as client:
            mentor, headers = _register(client, "mentor", 1)
            return mentor["mentor_id"], _offer(client, mentor["mentor_id"], headers, self.hours)


def gather(url: str, *, students: int, slots: int) -> Party:
    """Register everybody and offer hours from tomorrow on."""
    with httpx.Client(base_url=url, timeout=PATIENCE) as client:
        mentor, headers = _register(client, "mentor", 0)
        people = [_register(client, "student", number)[1] for number in range(students)]
        first = SystemClock().now().replace(minute=0, second=0, microsecond=0) + timedelta(days=1)
        hours = [first + timedelta(hours=number) for number in range(slots)]
        offered = _offer(client, mentor["mentor_id"], headers, hours)
    return Party(url, mentor["mentor_id"], headers, people, offered, hours)


def _offer(
    client: httpx.Client, mentor_id: str, headers: Headers, hours: Sequence[datetime]
) -> list[str]:
    offered: list[str] = []
    for start in range(0, len(hours), 100):
        slots = [
            {"start": hour.isoformat(), "end": (hour + timedelta(hours=1)).isoformat()}
            for hour in hours[start : start + 100]
        ]
        path = f"/mentors/{mentor_id}/timeslots"
        answer = client.post(path, json={"slots": slots}, headers=headers)
        assert answer.status_code == 201, answer.text
        offered += [slot["id"] for slot in answer.json()["data"]]
    return offered


def _register(client: httpx.Client, role: str, number: int) -> tuple[dict[str, Any], Headers]:
    email = f"{role}{number}@example.org"
    person = {"email": email, "password": PASSWORD, "name": f"{role} {number}", "role": role}
    made = client.post("/auth/register", json=person)
    assert made.status_code == 201, made.text
    tokens = client.post("/auth/token", json={"email": email, "password": PASSWORD}).json()
    return made.json(), {"Authorization": f"Bearer {tokens['access_token']}"}
