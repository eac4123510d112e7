"""A mentor with open hours and some students, as clients of a service that runs elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx

from mentorbooking.adapters.clock import SystemClock
from tests.support.program import PASSWORD


@dataclass
class Party:
    """``slots`` are the ids of the mentor's hours, the earliest first."""

    url: str
    mentor_id: str
    mentor: dict[str, str]
    students: list[dict[str, str]]
    slots: list[str]

    def client(self, headers: dict[str, str]) -> httpx.Client:
        return httpx.Client(base_url=self.url, headers=headers, timeout=10)


def gather(url: str, *, students: int, slots: int) -> Party:
    """Register everybody and offer hours from tomorrow on."""
    with httpx.Client(base_url=url, timeout=30) as client:
        mentor, headers = _register(client, "mentor", 0)
        people = [_register(client, "student", number)[1] for number in range(students)]
        first = SystemClock().now().replace(minute=0, second=0, microsecond=0) + timedelta(days=1)
        hours = [first + timedelta(hours=number) for number in range(slots)]
        offered: list[str] = []
        for start in range(0, slots, 100):
            body = {
                "slots": [
                    {"start": hour.isoformat(), "end": (hour + timedelta(hours=1)).isoformat()}
                    for hour in hours[start : start + 100]
                ]
            }
            path = f"/mentors/{mentor['mentor_id']}/timeslots"
            answer = client.post(path, json=body, headers=headers)
            assert answer.status_code == 201, answer.text
            offered += [slot["id"] for slot in answer.json()["data"]]
    return Party(url, mentor["mentor_id"], headers, people, offered)


def _register(
    client: httpx.Client, role: str, number: int
) -> tuple[dict[str, Any], dict[str, str]]:
    email = f"{role}{number}@example.org"
    person = {"email": email, "password": PASSWORD, "name": f"{role} {number}", "role": role}
    made = client.post("/auth/register", json=person)
    assert made.status_code == 201, made.text
    tokens = client.post("/auth/token", json={"email": email, "password": PASSWORD}).json()
    return made.json(), {"Authorization": f"Bearer {tokens['access_token']}"}
