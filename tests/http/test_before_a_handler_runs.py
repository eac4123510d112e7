"""Who calls, may they, and is what they send what the operation reads: in this order."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from hypothesis import given, settings

from mentorbooking.entrypoints.http.bodies import LARGEST_BODY
from mentorbooking.entrypoints.http.serving import UnknownAccess
from tests.http.demo import ACCESS, as_role, client_of, demo_app, errors_of
from tests.http.test_decoding_json import bodies

pytestmark = pytest.mark.anyio

RIGHT = {"mentor_id": "mentor_1", "slot_id": "slot_1"}
PLAIN = {"Content-Type": "text/plain"}


def code_of(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["code"]


async def test_nobody_is_asked_to_sign_in(client: httpx.AsyncClient) -> None:
    answer = await client.post("/bookings", content=b"nope", headers=PLAIN)
    assert code_of(answer) == (401, "unauthenticated")
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_bad_token_is_told_so(client: httpx.AsyncClient) -> None:
    answer = await client.post("/bookings", json=RIGHT, headers=as_role("forged"))
    assert code_of(answer) == (401, "invalid-token")
    assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'


async def test_another_scheme_is_no_token(client: httpx.AsyncClient) -> None:
    answer = await client.post("/bookings", json=RIGHT, auth=("student", "password"))
    assert code_of(answer) == (401, "unauthenticated")


async def test_the_scheme_is_written_in_any_case(client: httpx.AsyncClient) -> None:
    answer = await client.get("/whoami", headers={"Authorization": "bearer  mentor"})
    assert answer.json() == {"kind": "mentor"}


async def test_a_role_that_is_not_named_is_forbidden(client: httpx.AsyncClient) -> None:
    answer = await client.post("/bookings", content=b"x", headers=as_role("mentor") | PLAIN)
    assert code_of(answer) == (403, "forbidden")


async def test_anyone_may_come_with_a_token_but_not_with_a_bad_one(
    client: httpx.AsyncClient,
) -> None:
    assert (await client.get("/whoami")).json() == {"kind": "nobody"}
    assert (await client.get("/whoami", headers=as_role("admin"))).json() == {"kind": "admin"}
    refused = await client.get("/whoami", headers=as_role("expired"))
    assert code_of(refused) == (401, "invalid-token")


async def test_signing_in_does_not_look_at_an_old_token(client: httpx.AsyncClient) -> None:
    assert (await client.post("/sign-in", headers=as_role("expired"))).status_code == 200


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin-1"]
)
async def test_another_kind_of_body_is_refused(client: httpx.AsyncClient, kind: str) -> None:
    answer = await client.post("/slots", content=b"{}", headers={"Content-Type": kind})
    assert code_of(answer) == (415, "unsupported-media-type")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Content-Type": "application/json"},
        {"Content-Type": 'Application/JSON; charset="UTF-8"'},
    ],
)
async def test_json_may_say_that_it_is_json(
    client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    answer = await client.post("/slots", content=b'{"slots": []}', headers=headers)
    assert errors_of(answer) == [("#/slots", "too-few-items")]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [("/slots", {"json": {"slots": []}}, 422), ("/import", {"files": {"file": b"a"}}, 202)],
)
async def test_a_body_comes_as_it_is(
    client: httpx.AsyncClient, path: str, body: dict[str, Any], status: int
) -> None:
    for coding in ("gzip", "identity, br"):
        answer = await client.post(path, **body, headers={"Content-Encoding": coding})
        assert code_of(answer) == (415, "unsupported-media-type")
    plain = await client.post(path, **body, headers={"Content-Encoding": "Identity"})
    assert plain.status_code == status


async def test_a_body_that_nobody_reads_may_come_in_any_coding(client: httpx.AsyncClient) -> None:
    answer = await client.post("/sign-in", content=b"x", headers={"Content-Encoding": "gzip"})
    assert answer.status_code == 200


async def test_what_is_no_json_is_malformed(client: httpx.AsyncClient) -> None:
    assert code_of(await client.post("/slots", content=b"{nope")) == (400, "malformed")
    assert code_of(await client.post("/slots")) == (400, "malformed")


async def test_a_body_may_be_left_out_where_it_is_optional(client: httpx.AsyncClient) -> None:
    assert (await client.post("/exports")).json() == {"raw": False}
    assert (await client.post("/exports", json={"raw": True})).json() == {"raw": True}


async def test_every_error_of_body_and_query_is_told(client: httpx.AsyncClient) -> None:
    slot = {"start": "2026-12-01T09:00:00", "end": "2026-12-01T10:00:00Z", "ends": 1}
    answer = await client.post("/slots?page=2", json={"slots": [slot]})
    assert code_of(answer) == (422, "invalid-content")
    assert errors_of(answer) == [
        ("#/slots/0/start", "offset-required"),
        ("#/slots/0/ends", "unknown-field"),
        ("page", "unknown-parameter"),
    ]
    assert all(error["detail"] for error in answer.json()["errors"])


async def test_a_wrong_parameter_is_told_by_name(client: httpx.AsyncClient) -> None:
    answer = await client.get("/bookings?limit=999")
    assert answer.json()["errors"] == [
        {
            "parameter": "limit",
            "code": "out-of-range",
            "detail": "Expected a whole number <= 200.",
        }
    ]


@pytest.mark.parametrize("operation", ["/slots", "/sign-in"])
async def test_a_body_that_says_it_is_huge_is_not_read(
    client: httpx.AsyncClient, operation: str
) -> None:
    answer = await client.post(operation, content=b" " * (LARGEST_BODY + 1))
    assert code_of(answer) == (413, "content-too-large")


async def test_a_body_of_unknown_length_is_read_no_further_than_the_limit(
    client: httpx.AsyncClient,
) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 1
            yield b" " * 65_536

    answer = await client.post("/slots", content=endless())
    assert code_of(answer) == (413, "content-too-large")
    assert sent <= LARGEST_BODY // 65_536 + 2


async def test_a_body_in_pieces_is_put_together(client: httpx.AsyncClient) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for piece in (b'{"raw"', b": tr", b"ue}"):
            yield piece

    assert (await client.post("/exports", content=pieces())).json() == {"raw": True}


async def test_a_body_of_just_the_limit_is_read(client: httpx.AsyncClient) -> None:
    padding = b" " * (LARGEST_BODY - len(b'{"raw":true}'))
    answer = await client.post("/exports", content=b'{"raw":true}' + padding)
    assert answer.status_code == 202


def test_an_operation_without_a_rule_of_access_does_not_start() -> None:
    access = {name: rule for name, rule in ACCESS.items() if name != "whoami"}
    with pytest.raises(UnknownAccess, match="whoami"):
        demo_app(access=access)


APP = demo_app(access_log=None)


@settings(max_examples=50)
@given(body=bodies)
@pytest.mark.parametrize(("method", "path"), [("POST", "/slots"), ("PATCH", "/profile")])
async def test_no_json_is_a_failure_of_ours(method: str, path: str, body: Any) -> None:
    async with client_of(APP) as client:
        answer = await client.request(method, path, content=json.dumps(body))
    assert answer.status_code in (200, 201, 422)
