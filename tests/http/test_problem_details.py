"""Every refusal is a problem (RFC 9457), the framework's own ones too."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from litestar import Litestar
from structlog.testing import capture_logs

from tests.http.demo import client_of, demo_app

pytestmark = pytest.mark.anyio

MEMBERS = {"type", "title", "status", "detail", "instance", "code", "request_id"}


def problem_of(answer: httpx.Response) -> dict[str, Any]:
    """Return a problem that has everything a problem has."""
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert problem.keys() >= MEMBERS
    assert problem["status"] == answer.status_code
    assert problem["request_id"] == answer.headers["x-request-id"]
    assert problem["type"] == f"/docs#{problem['code']}"
    return problem


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("conflict", 409, "slot-taken"),
        ("forbidden", 403, "forbidden"),
        ("throttled", 429, "too-many-requests"),
        ("behind", 503, "projection-behind"),
        ("credentials", 401, "invalid-credentials"),
        ("cursor", 400, "invalid-cursor"),
        ("other", 422, "some-rule"),
        ("race", 503, "too-busy"),
    ],
)
async def test_a_refusal_has_its_status(
    client: httpx.AsyncClient, kind: str, status: int, code: str
) -> None:
    problem = problem_of(await client.get(f"/fails?kind={kind}"))
    assert (problem["status"], problem["code"]) == (status, code)
    assert problem["instance"] == "/fails"


async def test_a_refusal_tells_more_than_its_detail(client: httpx.AsyncClient) -> None:
    problem = problem_of(await client.get("/fails?kind=conflict"))
    assert problem["title"] == "Slot taken"
    assert problem["detail"] == "Somebody was faster."
    assert problem["alternatives"] == [{"id": "slot_2"}]


@pytest.mark.parametrize(
    ("kind", "seconds"), [("throttled", "30"), ("throttled-otherwise", "7"), ("behind", "1")]
)
async def test_who_has_to_wait_is_told_how_long(
    client: httpx.AsyncClient, kind: str, seconds: str
) -> None:
    answer = await client.get(f"/fails?kind={kind}")
    assert answer.headers["retry-after"] == seconds


@pytest.mark.parametrize(
    ("kind", "code", "seconds"),
    [
        ("store", "store-unavailable", "1"),
        ("files", "storage-unavailable", "1"),
        ("pool", "user-pool-unavailable", "5"),
    ],
)
async def test_what_is_away_is_unavailable(
    client: httpx.AsyncClient, kind: str, code: str, seconds: str
) -> None:
    with capture_logs() as logs:
        answer = await client.get(f"/fails?kind={kind}")
    problem = problem_of(answer)
    assert (problem["status"], problem["code"]) == (503, code)
    assert answer.headers["retry-after"] == seconds
    assert "disk full" not in answer.text
    assert any(
        (line["event"], line.get("code")) == ("dependency_unavailable", code) for line in logs
    )


async def test_what_is_not_known_is_not_denied(client: httpx.AsyncClient) -> None:
    problem = problem_of(await client.get("/fails?kind=perhaps"))
    assert (problem["status"], problem["code"]) == (503, "store-unavailable")
    assert "Nothing was recorded" not in problem["detail"]


async def test_a_failure_of_ours_tells_the_request_id_and_nothing_else(
    client: httpx.AsyncClient,
) -> None:
    with capture_logs() as logs:
        answer = await client.get("/fails?kind=crash", headers={"X-Request-ID": "abc-1"})
    problem = problem_of(answer)
    assert (problem["status"], problem["code"]) == (500, "internal-error")
    assert problem["request_id"] == "abc-1"
    assert "hunter2" not in answer.text
    assert "RuntimeError" not in answer.text
    (failure,) = (line for line in logs if line["event"] == "request_failed")
    assert isinstance(failure["exc_info"], RuntimeError)


@pytest.mark.parametrize("path", ["/nope", "/bookings/a/b", "/bookings/a%2Fb%00"])
async def test_an_unknown_path(client: httpx.AsyncClient, path: str) -> None:
    problem = problem_of(await client.get(path))
    assert (problem["status"], problem["code"]) == (404, "not-found")
    assert problem["instance"].startswith("/")


async def test_an_unknown_thing(client: httpx.AsyncClient) -> None:
    problem = problem_of(await client.get("/bookings/booking_\N{SNOWMAN}"))
    assert problem["detail"] == "There is no such booking."
    assert problem["instance"] == "/bookings/booking_%E2%98%83"


@pytest.mark.parametrize("method", ["PUT", "PATCH", "TRACE", "BREW"])
async def test_an_unknown_method(client: httpx.AsyncClient, method: str) -> None:
    answer = await client.request(method, "/bookings")
    problem = problem_of(answer)
    assert (problem["status"], problem["code"]) == (405, "method-not-allowed")
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS, POST"


async def test_what_goes_wrong_before_routing(client: httpx.AsyncClient) -> None:
    problem = problem_of(await client.get("/bookings", headers={"Host": "a b"}))
    assert (problem["status"], problem["code"]) == (400, "bad-request")


async def test_a_debugging_environment_shows_nothing_more(
    anyio_backend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LITESTAR_DEBUG", "1")
    app: Litestar = demo_app()
    async with client_of(app) as client:
        with capture_logs():
            answer = await client.get("/fails?kind=crash", headers={"Accept": "text/html"})
    assert problem_of(answer)["code"] == "internal-error"
