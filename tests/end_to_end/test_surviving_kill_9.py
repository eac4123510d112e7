"""``kill -9`` under load: what was acknowledged is there, what was not has one effect at most."""

from __future__ import annotations

import random
import threading
import time
from email import message_from_bytes
from pathlib import Path
from typing import Any

import httpx

from tests.support.booking_party import Party, gather
from tests.support.program import Program
from tests.support.serving_process import Served, served, within

CYCLES = 3
STUDENTS = 6
SLOTS = 300


def test_nothing_acknowledged_is_lost_and_nothing_is_done_twice(program: Program) -> None:
    chance = random.Random(7)  # when to kill; the load itself is up to the machine
    asked: dict[str, dict[str, Any]] = {}
    acknowledged: dict[str, dict[str, Any]] = {}
    with served(program.folder, MENTORBOOKING_RATE_LIMITS="off") as service:
        party = gather(service.url, students=STUDENTS, slots=SLOTS)
    for _ in range(CYCLES):
        with served(program.folder, MENTORBOOKING_RATE_LIMITS="off") as service:
            party.url = service.url
            _load_until_killed(service, party, asked, acknowledged, chance.uniform(0.1, 0.6))
    with served(program.folder, MENTORBOOKING_RATE_LIMITS="off") as service:
        party.url = service.url
        assert len(acknowledged) > STUDENTS, "there was no load worth the name"
        for key, request in asked.items():
            answer = _ask(party, key, request)
            assert answer.status_code == 201, answer.text
            if key in acknowledged:
                assert answer.json() == acknowledged[key]
                assert answer.headers["Idempotency-Replayed"] == "true"
            acknowledged[key] = answer.json()
        assert _listed(party) == {each["id"]: each for each in acknowledged.values()}
        mail = program.folder / "data" / "mail"
        expected = sorted(each["id"] for each in acknowledged.values() for _ in range(2))
        within(60, lambda: len(list(mail.glob("*.eml"))) >= len(expected) or None)
        assert sorted(map(_booking_of, mail.glob("*.eml"))) == expected
    assert program("events", "verify").code == 0


def _load_until_killed(
    service: Served,
    party: Party,
    asked: dict[str, dict[str, Any]],
    acknowledged: dict[str, dict[str, Any]],
    seconds: float,
) -> None:
    def book(number: int) -> None:
        for _ in range(SLOTS):
            with lock:
                slot = party.slots.pop()
            key = f"{number}-{slot}"
            asked[key] = {"student": number, "slot": slot}
            try:
                answer = _ask(party, key, asked[key])
            except httpx.HTTPError:
                return
            assert answer.status_code == 201, answer.text
            acknowledged[key] = answer.json()

    lock = threading.Lock()
    students = [threading.Thread(target=book, args=(number,)) for number in range(STUDENTS)]
    for student in students:
        student.start()
    time.sleep(seconds)
    service.process.kill()
    for student in students:
        student.join()


def _ask(party: Party, key: str, request: dict[str, Any]) -> httpx.Response:
    with party.client(party.students[request["student"]]) as client:
        return client.post(
            "/bookings",
            json={"mentor_id": party.mentor_id, "slot_id": request["slot"]},
            headers={"Idempotency-Key": key},
        )


def _listed(party: Party) -> dict[str, Any]:
    found: dict[str, Any] = {}
    path, parameters = f"/mentors/{party.mentor_id}/bookings", {"limit": "200"}
    with party.client(party.mentor) as client:
        while True:
            page = client.get(path, params=parameters).json()
            found |= {each["id"]: each for each in page["data"]}
            cursor = page["page"]["next_cursor"]
            if cursor is None:
                return found
            parameters["cursor"] = cursor


def _booking_of(file: Path) -> str:
    """Tell which booking a mail invites to, by the UID of its calendar part."""
    for part in message_from_bytes(file.read_bytes()).walk():
        if part.get_content_type() == "text/calendar":
            content = part.get_payload(decode=True)
            assert isinstance(content, bytes)
            unfolded = content.replace(b"\r\n ", b"")
            return unfolded.partition(b"UID:")[2].partition(b"@")[0].decode()
    raise AssertionError(f"{file.name} has no calendar part")
