"""``kill -9`` under load: what was acknowledged is there, what was not has one effect at most.

A round is a kill.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from email import message_from_bytes
from pathlib import Path
from typing import Any

import httpx

from tests.support.booking_party import Party, gather
from tests.support.effort import chance_of, seeds
from tests.support.patience import PATIENCE
from tests.support.program import Program
from tests.support.serving_process import Served, served, within

KILLS = seeds(3)
STUDENTS = 6
SLOTS = 150 * len(KILLS)
MAILS_WITHIN = PATIENCE + 20 * len(KILLS)


def test_nothing_acknowledged_is_lost_and_nothing_is_done_twice(program: Program) -> None:
    asked: dict[str, dict[str, Any]] = {}
    acknowledged: dict[str, dict[str, Any]] = {}
    with served(program.folder, MENTORBOOKING_RATE_LIMITS="off") as service:
        party = gather(service.url, students=STUDENTS, slots=SLOTS)
    slots = iter(party.slots)
    for seed in KILLS:
        with served(program.folder, MENTORBOOKING_RATE_LIMITS="off") as service:
            party.url = service.url
            _load_until_killed(service, party, slots, asked, acknowledged, seed)
    with served(program.folder, MENTORBOOKING_RATE_LIMITS="off") as service:
        party.url = service.url
        assert len(asked) > len(acknowledged) > len(KILLS), "there was no load worth the name"
        for student in range(STUDENTS):
            with party.client(party.students[student]) as client:
                mine = {key: body for key, body in asked.items() if _student(key) == student}
                for key, body in mine.items():
                    answer = _ask(client, key, body)
                    assert answer.status_code == 201, answer.text
                    if key in acknowledged:
                        assert answer.json() == acknowledged[key]
                        assert answer.headers["Idempotency-Replayed"] == "true"
                    acknowledged[key] = answer.json()
        assert _listed(party) == {each["id"]: each for each in acknowledged.values()}
        mail = program.folder / "data" / "mail"
        expected = sorted(each["id"] for each in acknowledged.values() for _ in range(2))
        within(MAILS_WITHIN, lambda: len(list(mail.glob("*.eml"))) >= len(expected) or None)
        assert sorted(map(_booking_of, mail.glob("*.eml"))) == expected
    assert program("events", "verify").code == 0


def _load_until_killed(
    service: Served,
    party: Party,
    slots: Iterator[str],
    asked: dict[str, dict[str, Any]],
    acknowledged: dict[str, dict[str, Any]],
    seed: int,
) -> None:
    def book(number: int) -> None:
        with party.client(party.students[number]) as client, suppress(httpx.HTTPError):
            while (slot := next(slots, None)) is not None:
                key = f"{number}-{slot}"
                asked[key] = {"mentor_id": party.mentor_id, "slot_id": slot}
                answer = _ask(client, key, asked[key])
                assert answer.status_code == 201, answer.text
                acknowledged[key] = answer.json()

    students = [threading.Thread(target=book, args=(number,)) for number in range(STUDENTS)]
    for student in students:
        student.start()
    chance = chance_of(seed, what="kill")
    enough = len(acknowledged) + chance.randint(1, 60)
    within(PATIENCE, lambda: len(acknowledged) >= enough)
    time.sleep(chance.uniform(0, 0.05))
    service.process.kill()
    for student in students:
        student.join()


def _student(key: str) -> int:
    return int(key.partition("-")[0])


def _ask(client: httpx.Client, key: str, body: dict[str, Any]) -> httpx.Response:
    return client.post("/bookings", json=body, headers={"Idempotency-Key": key})


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
