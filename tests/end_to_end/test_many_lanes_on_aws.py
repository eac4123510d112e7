"""The service on AWS with a log of several lanes: tokens, waiting, the past, bad days."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from mentorbooking.application.positions import joined, position_of, position_token
from mentorbooking.entrypoints.aws.foundation import AwsFoundation, aws_foundation
from mentorbooking.entrypoints.aws.ground import aws_ground
from mentorbooking.entrypoints.settings import WrongSetting
from tests.support.aws_backstage import OnAws, make_places
from tests.support.person import Person
from tests.support.running_service import (
    PROMISED_SECONDS,
    House,
    eventually,
    ids_of,
    lists_wait,
    refusal,
    running_house,
)

pytestmark = pytest.mark.anyio

LANES = 4
NEWCOMER = {
    "email": "new@example.org",
    "password": "correct horse",
    "name": "New",
    "role": "student",
}


@pytest.fixture
def backend(dynamodb_endpoint: str, moto_endpoint: str) -> OnAws:
    return OnAws(dynamodb_endpoint, moto_endpoint, lanes=LANES)


@pytest.fixture
async def house(backend: OnAws, tmp_path: Path) -> AsyncIterator[House]:
    async with running_house(tmp_path, backend) as house:
        yield house


def base_of(house: House) -> AwsFoundation:
    assert isinstance(house.service.base, AwsFoundation)
    return house.service.base


def token_of(answer: httpx.Response) -> str:
    assert answer.is_success, answer.text
    return answer.headers["Event-Position"]


async def booked_by(student: Person, mentor: Person, slot: str) -> httpx.Response:
    return await student.post("/bookings", {"mentor_id": mentor.id, "slot_id": slot})


async def test_a_list_waits_for_every_lane_that_it_is_asked_for(house: House) -> None:
    mentors = [await house.mentor(f"Mentor {number}") for number in range(16)]
    changed = [await m.patch(f"/mentors/{m.id}", {"bio": "New"}) for m in mentors]
    tokens = [token_of(each) for each in changed]
    lanes = {token.partition(":")[0] for token in tokens}
    assert lanes <= {"1", "2", "3", "4"}
    assert len(lanes) > 1
    places = [position_of(token, LANES) for token in tokens]
    together = places[0]
    for place in places:
        together = joined(together, place)
    asked = position_token(together)
    assert asked.count(",") == len(lanes) - 1

    listed = await house.anyone.get("/mentors", headers={"Min-Event-Position": asked})

    assert [row["bio"] for row in listed.json()["data"]] == ["New"] * 16
    head = await base_of(house).log.head()
    for fine in (f"0:{head}", f"0:{head},{asked}", "4:0"):
        again = await house.anyone.get("/mentors", headers={"Min-Event-Position": fine})
        assert again.status_code == 200, fine
    for wrong in ("5:1", "0:1,0:2", "1:1,"):
        again = await house.anyone.get("/mentors", headers={"Min-Event-Position": wrong})
        assert refusal(again) == (400, "invalid-event-position"), wrong
    with lists_wait(PROMISED_SECONDS):
        behind = await house.anyone.get("/mentors", headers={"Min-Event-Position": "2:1000000"})
    assert refusal(behind) == (503, "projection-behind")


async def test_a_command_that_changes_nothing_answers_all_that_was_told(house: House) -> None:
    mentor = await house.mentor()
    changed = await mentor.patch(f"/mentors/{mentor.id}", {"bio": "New"})
    nothing = await mentor.patch(f"/mentors/{mentor.id}", {"bio": "New"})
    log = base_of(house).log
    told_again = await log.position_at(position_of(token_of(nothing), LANES))
    assert told_again == await log.head()
    assert told_again >= await log.position_at(position_of(token_of(changed), LANES))


async def test_a_repeated_request_is_told_the_same_place(house: House) -> None:
    student, mentor = await house.student(), await house.mentor()
    (slot,) = await house.offer(mentor, house.at(days=1))
    key = {"Idempotency-Key": "once"}
    body = {"mentor_id": mentor.id, "slot_id": slot}
    first, again = [await student.post("/bookings", body, headers=key) for _ in range(2)]
    assert again.headers["Idempotency-Replayed"] == "true"
    assert token_of(again) == token_of(first) != f"0:{await base_of(house).log.head()}"


async def test_the_past_of_a_command_holds_what_it_did_and_nothing_later(house: House) -> None:
    admin, student, mentor = await house.admin(), await house.student(), await house.mentor()
    starts = [house.at(days=1, hours=number) for number in range(6)]
    slots = await house.offer(mentor, *starts)
    answers = []
    for slot in slots:
        answers.append(await booked_by(student, mentor, slot))
        house.clock.advance(timedelta(seconds=1))
    for number, answer in enumerate(answers, 1):
        asked = await admin.post("/exports/bookings", {"as_of": token_of(answer)})
        done = await house.exported(admin, asked.headers["Location"])
        assert done["record_count"] == number
        assert done["as_of_position"].startswith("0:")
        again = await admin.post("/exports/bookings", {"as_of": done["as_of_position"]})
        assert (await house.exported(admin, again.headers["Location"]))["sha256"] == done["sha256"]


async def test_a_history_is_told_with_its_places(house: House) -> None:
    student, mentor = await house.student(), await house.mentor()
    (slot,) = await house.offer(mentor, house.at(days=1))
    booking = await house.book(student, mentor, slot)
    await student.delete(f"/bookings/{booking['id']}")
    history = (await student.get(f"/bookings/{booking['id']}/history")).json()["data"]
    assert [entry["type"] for entry in history] == ["booking.created", "booking.cancelled"]
    places = [position_of(entry["position"], LANES) for entry in history]
    log = base_of(house).log
    assert [(await log.read(await log.position_at(p) - 1, 1))[0].event_id for p in places] == [
        entry["event_id"] for entry in history
    ]


async def test_a_hole_in_a_lane_shows_until_it_is_mended(backend: OnAws, tmp_path: Path) -> None:
    async with running_house(tmp_path, replace(backend, beside=(), projects=False)) as house:
        for number in range(6):
            mentor = await house.mentor(f"Mentor {number}")
            await house.offer(mentor, house.at(days=1))
        base = base_of(house)
        lanes = {lane: await base.dynamodb_log.entry_items(0, lane=lane) for lane in (1, 2, 3, 4)}
        lane, commits = max(lanes.items(), key=lambda each: len(each[1]))
        lost = commits[-2]
        where = {"pk": lost["pk"], "sk": lost["sk"]}
        client = await base.clients.dynamodb()
        await client.delete_item(TableName=base.places.log, Key=where)

    hole = f"lane {lane} has a hole: position {lost['sk']['N']} is missing"
    async with running_house(tmp_path, backend) as house:
        checks = await eventually(lambda: checks_that_tell_of(house, hole))
        telling = {name for name, told in checks.items() if hole in told}
        assert telling - {"outbox", "mailer"} == {  # these follow the log in their own time
            "event_store",
            *(f"projection:{name}" for name in house.service.projector.positions()),
        }
        metrics = (await house.anyone.get("/metrics")).text
        assert 'mentorbooking_projection_running{projection="bookings"} 0.0' in metrics
        assert "\nmentorbooking_log_position " not in metrics
        student = await house.student()  # who writes is not kept from it
        assert (await student.get("/me")).status_code == 200
        asked = {"Min-Event-Position": f"{lane}:{lost['sk']['N']}"}
        with lists_wait(PROMISED_SECONDS):
            answer = await house.anyone.get("/mentors", headers=asked)
        assert refusal(answer) == (503, "projection-behind")

        client = await base_of(house).clients.dynamodb()
        await client.put_item(TableName=base_of(house).places.log, Item=lost)
        await eventually(lambda: is_ready(house))
        listed = await house.anyone.get("/mentors", headers=asked)
        assert len(ids_of(listed.json()["data"])) == 6


async def checks_that_tell_of(house: House, hole: str) -> dict[str, str] | None:
    answer = await house.anyone.get("/health/ready")
    checks: dict[str, str] = answer.json()["checks"]
    telling = [name for name, told in checks.items() if hole in told]
    return checks if answer.status_code == 503 and len(telling) > 1 else None


async def is_ready(house: House) -> bool:
    return (await house.anyone.get("/health/ready")).status_code == 200


async def test_lanes_are_added_and_positions_go_on(backend: OnAws, tmp_path: Path) -> None:
    async with running_house(tmp_path, replace(backend, lanes=1)) as house:
        student, mentor = await house.student(), await house.mentor()
        first, second = await house.offer(mentor, house.at(days=1), house.at(days=2))
        before = token_of(await booked_by(student, mentor, first))
        assert before == f"0:{await base_of(house).log.head()}"
        events = await house.facts()
        async with running_house(tmp_path, backend) as other:
            assert base_of(other).lanes == LANES
            student = other.person(student.account)
            after = await booked_by(student, mentor, second)
            assert not token_of(after).startswith("0:")
            asked = {"Min-Event-Position": f"{before},{token_of(after)}"}
            listed = await student.get("/bookings", headers=asked)
            assert len(listed.json()["data"]) == 2
            assert (await other.facts())[: len(events)] == events
            # Who was started before reads on and writes no more, but does no harm either.
            refused = await house.anyone.post("/auth/register", json=NEWCOMER)
            assert refusal(refused) == (503, "store-unavailable")
            checks = (await house.anyone.get("/health/ready")).json()["checks"]
            assert "more lanes than when this process was started" in checks["event_store"]
            assert (await other.anyone.post("/auth/register", json=NEWCOMER)).status_code == 201


async def test_the_setting_is_no_other_number_than_that_of_the_log(
    backend: OnAws, tmp_path: Path
) -> None:
    settings = backend.settings(tmp_path)
    await make_places(settings)
    for wrong in (1, 3, 16):
        with pytest.raises(WrongSetting, match=f"LANES: it is {wrong}, and the log has 4"):
            async with aws_ground(backend.settings(tmp_path, lanes=wrong)):
                pass
    async with aws_foundation(backend.settings(tmp_path, lanes=None)) as base:
        assert base.lanes == 4
    with pytest.raises(ValueError, match="more lanes than 2"):
        await make_places(backend.settings(tmp_path, lanes=2))
    await make_places(backend.settings(tmp_path, lanes=None))
