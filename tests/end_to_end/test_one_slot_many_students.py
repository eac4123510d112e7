"""Many students want the same hours at the same moment: each hour has exactly one winner.

A round is an hour. A few of them are wanted at once, each by every student.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence

import httpx
import pytest

from tests.support.booking_party import Headers, Party, gather
from tests.support.effort import TORTURED, rounds
from tests.support.patience import PATIENCE
from tests.support.serving_process import served

pytestmark = pytest.mark.anyio

STUDENTS = 200 if TORTURED else 20
HOURS = rounds(12)
AT_ONCE = 5 if TORTURED else 12
LEFT_OPEN = 3


@pytest.fixture(scope="module")
def party(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Party]:
    """Everybody, and hours for both tests."""
    folder = tmp_path_factory.mktemp("party")
    with served(folder, MENTORBOOKING_RATE_LIMITS="off") as service:
        yield gather(service.url, students=STUDENTS, slots=HOURS * 2 + LEFT_OPEN)


@pytest.fixture
async def client(party: Party) -> AsyncIterator[httpx.AsyncClient]:
    limits = httpx.Limits(max_connections=STUDENTS * AT_ONCE)
    async with httpx.AsyncClient(base_url=party.url, timeout=PATIENCE, limits=limits) as client:
        yield client


def some_at_once(slots: Sequence[str]) -> Iterator[Sequence[str]]:
    return (slots[start : start + AT_ONCE] for start in range(0, len(slots), AT_ONCE))


async def test_each_slot_has_one_winner_and_everybody_else_is_told_where_to_go(
    party: Party, client: httpx.AsyncClient
) -> None:
    wanted, booked = party.slots[:HOURS], dict[str, str]()
    for slots in some_at_once(wanted):
        booked |= await _rush(client, party, slots)
    listed = [(slot, booking) for slot, booking in await _listed(client, party) if slot in wanted]
    assert sorted(listed) == sorted(booked.items())


async def test_who_asks_two_mentors_for_one_hour_is_in_one_place(
    party: Party, client: httpx.AsyncClient
) -> None:
    rival, slots_of_rival = await asyncio.to_thread(party.rival)
    the_same_hour = dict(zip(party.slots, slots_of_rival, strict=True))

    async def ask_both(student: Headers, slot: str) -> None:
        answers = await asyncio.gather(
            _book(client, student, party.mentor_id, slot),
            _book(client, student, rival, the_same_hour[slot]),
        )
        lost, won = sorted(answers, key=lambda answer: answer.status_code == 201)
        assert won.status_code == 201
        assert (lost.status_code, lost.json()["code"]) == (409, "student-overlap")

    for slots in some_at_once(party.slots[HOURS : HOURS * 2]):
        await asyncio.gather(*map(ask_both, party.students, slots))


async def _rush(client: httpx.AsyncClient, party: Party, wanted: Sequence[str]) -> dict[str, str]:
    """Let everybody want every slot; return which booking each slot got."""
    answers = await asyncio.gather(
        *(_book(client, who, party.mentor_id, slot) for slot in wanted for who in party.students)
    )
    winners = [answer.json() for answer in answers if answer.status_code == 201]
    assert Counter(won["slot_id"] for won in winners) == Counter(wanted)
    for lost in (answer for answer in answers if answer.status_code != 201):
        assert (lost.status_code, lost.json()["code"]) == (409, "slot-taken")
        assert lost.json()["alternatives"]
    return {won["slot_id"]: won["id"] for won in winners}


async def _book(
    client: httpx.AsyncClient, student: Headers, mentor_id: str, slot: str
) -> httpx.Response:
    body = {"mentor_id": mentor_id, "slot_id": slot}
    return await client.post("/bookings", json=body, headers=student)


async def _listed(client: httpx.AsyncClient, party: Party) -> list[tuple[str, str]]:
    """Return slot and booking of every booking that the mentor has."""
    found: list[tuple[str, str]] = []
    parameters = {"limit": "200"}
    while True:
        path = f"/mentors/{party.mentor_id}/bookings"
        page = (await client.get(path, headers=party.mentor, params=parameters)).json()
        found += [(each["slot_id"], each["id"]) for each in page["data"]]
        if page["page"]["next_cursor"] is None:
            return found
        parameters["cursor"] = page["page"]["next_cursor"]
