"""What a body may not hold: every error is told at once, with its place."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.person import Person
from tests.support.running_service import House, errors_of, refusal, told

pytestmark = pytest.mark.anyio

MIB = 1024 * 1024
JSON = {"Content-Type": "application/json"}


@pytest.fixture
def house(shared_house: House) -> House:
    """Everybody here looks at their own only."""
    return shared_house


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"nope", b'{"title": }', b"{'a': 1}", b'{"a": 1}{', b"\xff\xfe", b'{"a": "\xe9"}'],
)
async def test_what_is_no_json_is_malformed(house: House, content: bytes) -> None:
    student = await house.student()

    answer = await student.http.post("/bookings", content=content, headers=JSON)

    assert refusal(answer) == (400, "malformed")


@pytest.mark.parametrize("content", [b"[]", b'"text"', b"1", b"null", b"true"])
async def test_json_of_another_shape_is_invalid_content(house: House, content: bytes) -> None:
    student = await house.student()

    answer = await student.http.post("/bookings", content=content, headers=JSON)

    assert refusal(answer) == (422, "invalid-content")
    assert answer.json()["errors"]


async def test_unknown_fields_are_named(house: House) -> None:
    admin, mentor = await house.admin(), await house.mentor()
    times = {"start": told(house.at(days=1)), "end": told(house.at(days=1, hours=1)), "ende": 1}

    answers = [
        await mentor.post(f"/mentors/{mentor.id}/timeslots", {"slots": [times], "slot": []}),
        await mentor.patch("/me", {"nmae": "x"}),
        await mentor.patch(f"/mentors/{mentor.id}", {"skils": []}),
        await admin.post("/exports/bookings", {"form": told(house.now)}),
        await house.anyone.post("/auth/token", json={"email": "a@b.de", "password": "x", "otp": 1}),
    ]

    assert [refusal(answer) for answer in answers] == [(422, "invalid-content")] * len(answers)
    assert sorted(errors_of(answers[0])) == [
        ("#/slot", "unknown-field"),
        ("#/slots/0/ende", "unknown-field"),
    ]
    for answer, place in zip(answers[1:], ["#/nmae", "#/skils", "#/form", "#/otp"], strict=True):
        assert errors_of(answer) == [(place, "unknown-field")]


async def test_every_error_is_told_at_once(house: House) -> None:
    answer = await house.anyone.post(
        "/auth/register",
        json={
            "email": "nobody",
            "password": "short",
            "name": "  ",
            "role": "admin",
            "time_zone": "CET+1",
            "age": 7,
        },
    )

    assert refusal(answer) == (422, "invalid-content")
    places = {place for place, _ in errors_of(answer)}
    assert places == {"#/email", "#/password", "#/name", "#/role", "#/time_zone", "#/age"}
    assert ("#/time_zone", "unknown-time-zone") in errors_of(answer)
    assert ("#/email", "invalid-email") in errors_of(answer)


async def test_missing_fields_are_named(house: House) -> None:
    answer = await house.anyone.post("/auth/register", json={})

    assert refusal(answer) == (422, "invalid-content")
    assert {place for place, _ in errors_of(answer)} == {
        "#/email",
        "#/password",
        "#/name",
        "#/role",
    }


@pytest.mark.parametrize(
    "naive", ["2026-12-01T10:00:00", "2026-12-01T10:00", "2026-12-01 10:00:00"]
)
async def test_a_naive_instant_is_refused_in_bodies_and_queries(house: House, naive: str) -> None:
    mentor, admin = await house.mentor(), await house.admin()
    end = "2026-12-01T11:00:00+01:00"
    slots = f"/mentors/{mentor.id}/timeslots"

    in_a_body = await mentor.post(slots, {"slots": [{"start": naive, "end": end}]})
    in_a_query = await mentor.get(slots, params={"from": naive})
    in_an_export = await admin.post("/exports/bookings", {"from": naive, "to": naive})

    assert refusal(in_a_body) == (422, "invalid-content")
    ((place, code),) = errors_of(in_a_body)
    assert place == "#/slots/0/start"
    assert refusal(in_a_query) == (422, "invalid-content")
    assert [place for place, _ in errors_of(in_a_query)] == ["from"]
    assert [place for place, _ in errors_of(in_an_export)] == ["#/from", "#/to"]
    if naive.endswith("T10:00:00"):
        assert code == "offset-required"
        assert {code for _, code in errors_of(in_a_query)} == {"offset-required"}
        assert {code for _, code in errors_of(in_an_export)} == {"offset-required"}


@pytest.mark.parametrize(
    "start",
    [0, 1.5, True, None, "", "tomorrow", "2026-12-01", "2026-13-01T10:00:00Z", ["x"], {}],
)
async def test_what_is_no_instant_is_refused(house: House, start: Any) -> None:
    mentor = await house.mentor()

    answer = await mentor.post(
        f"/mentors/{mentor.id}/timeslots",
        {"slots": [{"start": start, "end": "2026-12-01T11:00:00Z"}]},
    )

    assert refusal(answer) == (422, "invalid-content")
    assert [place for place, _ in errors_of(answer)] == ["#/slots/0/start"]


async def test_values_are_never_converted_from_another_type(house: House) -> None:
    mentor = await house.mentor()
    path = f"/mentors/{mentor.id}"

    for field, value in {
        "experience_years": "7",
        "hourly_rate": "60",
        "skills": "Go",
        "max_sessions_per_day": 2.5,
        "name": 5,
        "bio": ["x"],
        "languages": {"de": 1},
    }.items():
        answer = await mentor.patch(path, {field: value})
        assert refusal(answer) == (422, "invalid-content"), field
        assert errors_of(answer)[0][0] == f"#/{field}"


async def _texts(house: House) -> tuple[Person, Person, str]:
    mentor, student = await house.mentor(), await house.student()
    (slot_id,) = await house.offer(mentor, house.at(days=1))
    return mentor, student, slot_id


async def test_text_is_trimmed_and_normalised(house: House) -> None:
    mentor, student, slot_id = await _texts(house)

    changed = await mentor.patch(
        f"/mentors/{mentor.id}", {"name": "  Zoe\u0301 \n", "bio": "\tone\r\ntwo\t3 "}
    )
    booking = await house.book(
        student, mentor, slot_id, title=" Cafe\u0301 ", description=" a\n\tb "
    )

    assert changed.json()["name"] == "Zo\u00e9"
    assert changed.json()["bio"] == "one\r\ntwo\t3"
    assert booking["title"] == "Caf\u00e9"
    assert booking["description"] == "a\n\tb"


@pytest.mark.parametrize("letter", ["\x00", "\x07", "\x1b", "\x7f", "\x85", "\x9f"])
async def test_control_characters_are_refused(house: House, letter: str) -> None:
    mentor, student, slot_id = await _texts(house)
    text = f"a{letter}b"

    answers = {
        "#/name": await mentor.patch("/me", {"name": text}),
        "#/bio": await mentor.patch(f"/mentors/{mentor.id}", {"bio": text}),
        "#/skills/0": await mentor.patch(f"/mentors/{mentor.id}", {"skills": [text]}),
        "#/title": await student.post(
            "/bookings", {"mentor_id": mentor.id, "slot_id": slot_id, "title": text}
        ),
        "#/description": await student.post(
            "/bookings", {"mentor_id": mentor.id, "slot_id": slot_id, "description": text}
        ),
    }
    booking = await house.book(student, mentor, slot_id)
    answers["reason"] = await student.delete(f"/bookings/{booking['id']}", params={"reason": text})

    for place, answer in answers.items():
        assert refusal(answer) == (422, "invalid-content")
        assert errors_of(answer) == [(place, "invalid-text")]


async def test_text_may_be_as_long_as_its_field_and_no_longer(house: House) -> None:
    mentor, student, slot_id = await _texts(house)
    path = f"/mentors/{mentor.id}"
    wanted = {"mentor_id": mentor.id, "slot_id": slot_id}

    assert (await mentor.patch(path, {"name": "n" * 200, "bio": "b" * 10_000})).status_code == 200
    too_long = await mentor.patch(path, {"name": "n" * 201, "bio": "b" * 10_001})
    words = await student.post(
        "/bookings", {**wanted, "title": "t" * 201, "description": "d" * 5_001}
    )
    booking = await house.book(
        student, mentor, slot_id, title=" " + "ü" * 200, description="d" * 5_000
    )
    reason = await student.delete(f"/bookings/{booking['id']}", params={"reason": "r" * 1_001})
    cancelled = await student.delete(f"/bookings/{booking['id']}", params={"reason": "r" * 1_000})

    assert errors_of(too_long) == [("#/name", "too-long"), ("#/bio", "too-long")]
    assert errors_of(words) == [("#/title", "too-long"), ("#/description", "too-long")]
    assert errors_of(reason) == [("reason", "too-long")]
    assert cancelled.json()["cancellation_reason"] == "r" * 1_000


@pytest.mark.parametrize("name", ["", "   ", "\n\t"])
async def test_names_are_not_empty(house: House, name: str) -> None:
    mentor = await house.mentor()

    for path in ("/me", f"/mentors/{mentor.id}"):
        answer = await mentor.patch(path, {"name": name})
        assert refusal(answer) == (422, "invalid-content")
        assert [place for place, _ in errors_of(answer)] == ["#/name"]


async def test_a_body_over_a_mebibyte_is_too_large(house: House) -> None:
    mentor = await house.mentor()

    def body(size: int) -> bytes:
        return json.dumps({"bio": "x"}).encode().ljust(size)

    path = f"/mentors/{mentor.id}"
    fits = await mentor.http.patch(path, content=body(MIB), headers=JSON)
    too_large = await mentor.http.patch(path, content=body(MIB + 1), headers=JSON)

    async def in_pieces() -> Any:
        for _ in range(17):
            yield body(MIB // 16)

    in_chunks = await mentor.http.patch(path, content=in_pieces(), headers=JSON)

    assert fits.status_code == 200
    assert refusal(too_large)[0] == 413
    assert refusal(in_chunks)[0] == 413


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "multipart/form-data"])
async def test_another_kind_of_body_is_415(house: House, kind: str) -> None:
    student = await house.student()

    answer = await student.http.post("/bookings", content=b"{}", headers={"Content-Type": kind})

    assert refusal(answer)[0] == 415
