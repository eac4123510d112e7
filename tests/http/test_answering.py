"""How answers are told: tags, positions, places, safe headers, and the methods every path has."""

from __future__ import annotations

import httpx
import pytest

from tests.http.demo import as_role, client_of, demo_app
from tests.http.demo_operations import BOOKING

pytestmark = pytest.mark.anyio

RIGHT = {"mentor_id": "mentor_1", "slot_id": "slot_1", "title": " Hello "}


async def test_a_command_tells_tag_position_and_place(client: httpx.AsyncClient) -> None:
    answer = await client.post("/bookings", json=RIGHT, headers=as_role("student"))
    assert answer.status_code == 201
    assert answer.headers["etag"] == '"1"'
    assert answer.headers["event-position"] == "0:42"
    assert answer.headers["location"] == f"/bookings/{BOOKING}"
    assert answer.json()["title"] == "Hello"
    assert answer.headers["x-actor"] == "user_student"


async def test_answers_are_not_kept_and_not_guessed_at(client: httpx.AsyncClient) -> None:
    for path in (f"/bookings/{BOOKING}", "/nope", "/docs", "/schema/openapi.json"):
        headers = (await client.get(path)).headers
        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"


async def test_instants_are_told_in_utc(client: httpx.AsyncClient) -> None:
    assert (await client.get(f"/bookings/{BOOKING}")).json()["start"] == "2026-12-01T09:00:00Z"


@pytest.mark.parametrize(
    ("tag", "status"),
    [
        (None, 204),
        ('"3"', 204),
        ("*", 204),
        (' "3" ', 204),
        ('"2"', 412),
        ("3", 412),
        ('W/"3"', 412),
        ('"03"', 412),
        ('"2", "3"', 204),
        ('"a,b" , W/"2","3"', 204),
        ('"1", W/"3"', 412),
        ('"abc"', 412),
        ("", 412),
        ('"' + "9" * 5000 + '"', 412),
    ],
)
async def test_a_precondition_holds_or_not(
    client: httpx.AsyncClient, tag: str | None, status: int
) -> None:
    headers = {} if tag is None else {"If-Match": tag}
    answer = await client.delete(f"/bookings/{BOOKING}", headers=headers)
    assert answer.status_code == status
    if status == 204:
        assert answer.content == b""
        assert "content-length" not in answer.headers
    else:
        assert answer.json()["code"] == "version-mismatch"


async def test_a_position_to_wait_for(client: httpx.AsyncClient) -> None:
    answer = await client.get("/bookings", headers={"Min-Event-Position": "0:42"})
    assert answer.json()["min_position"] == 42


@pytest.mark.parametrize("token", ["", "42", "0:-1", "1:42", "0:042", "0:x", "0:" + "9" * 30])
async def test_a_position_that_cannot_be(client: httpx.AsyncClient, token: str) -> None:
    answer = await client.get("/bookings", headers={"Min-Event-Position": token})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid-event-position")


@pytest.mark.parametrize("key", ["k", "!" * 255, "8e03978e-40d5-43e8-bc93-6894a57f9324"])
async def test_an_idempotency_key(client: httpx.AsyncClient, key: str) -> None:
    headers = as_role("student") | {"Idempotency-Key": key}
    answer = await client.post("/bookings", json=RIGHT, headers=headers)
    assert answer.headers["x-key"] == key


@pytest.mark.parametrize("key", [b"", b"a b", b"x" * 256, b"\xe9"])
async def test_an_idempotency_key_that_is_none(client: httpx.AsyncClient, key: bytes) -> None:
    headers = [(b"Authorization", b"Bearer student"), (b"Idempotency-Key", key)]
    answer = await client.post("/bookings", json=RIGHT, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid-idempotency-key")


async def test_a_stream_keeps_its_own_headers(client: httpx.AsyncClient) -> None:
    answer = await client.get("/report.csv")
    assert answer.text == "line\r\n1\r\n"
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["cache-control"] == "private, no-store"


@pytest.mark.parametrize("path", [f"/bookings/{BOOKING}", "/report.csv", "/docs"])
async def test_head_answers_as_get_does_without_the_content(
    client: httpx.AsyncClient, path: str
) -> None:
    whole, head = await client.get(path), await client.head(path)
    assert (head.status_code, head.content) == (200, b"")
    for name in ("content-type", "content-length", "etag"):
        assert head.headers.get(name) == whole.headers.get(name)


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/bookings", "GET, HEAD, OPTIONS, POST"),
        (f"/bookings/{BOOKING}", "DELETE, GET, HEAD, OPTIONS"),
        ("/sign-in", "OPTIONS, POST"),
    ],
)
async def test_options_tells_every_method(
    client: httpx.AsyncClient, path: str, allowed: str
) -> None:
    answer = await client.options(path)
    assert (answer.status_code, answer.headers["allow"]) == (204, allowed)


async def test_the_whole_api_can_be_mounted_elsewhere(anyio_backend: str) -> None:
    async with client_of(demo_app(root_path="/mentoring/v2"), **as_role("student")) as client:
        booked = await client.post("/mentoring/v2/bookings", json=RIGHT)
        assert booked.headers["location"] == f"/mentoring/v2/bookings/{BOOKING}"
        assert (await client.get(booked.headers["location"])).status_code == 200
        missing = (await client.get("/mentoring/v2/bookings/other")).json()
        assert missing["type"] == "/mentoring/v2/docs#not-found"
        assert missing["instance"] == "/mentoring/v2/bookings/other"
        document = (await client.get("/mentoring/v2/schema/openapi.json")).json()
        assert document["servers"] == [{"url": "/mentoring/v2"}]
        assert "/bookings" in document["paths"]
        assert (await client.get("/bookings")).status_code == 404
