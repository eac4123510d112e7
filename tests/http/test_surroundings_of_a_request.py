"""The id, the log line and the measures of every request."""

from __future__ import annotations

import asyncio
import io
import json
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import structlog
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from mentorbooking.entrypoints.http.access_log import JsonAccessLog
from tests.http.demo import as_role, client_of, demo_app
from tests.http.demo_operations import BOOKING
from tests.support.patience import until

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.mark.parametrize("given", ["a", "A.b_c-9", "x" * 64])
async def test_a_good_request_id_is_taken(client: httpx.AsyncClient, given: str) -> None:
    answer = await client.get("/nope", headers={"X-Request-ID": given})
    assert answer.headers["x-request-id"] == given


@pytest.mark.parametrize("given", ["", "x" * 65, "a b", "a/b", "ümlaut", "a\N{NO-BREAK SPACE}"])
async def test_another_request_id_is_replaced(client: httpx.AsyncClient, given: str) -> None:
    headers = [(b"X-Request-ID", given.encode())]
    ids = {(await client.get("/nope", headers=headers)).headers["x-request-id"] for _ in range(2)}
    assert len(ids) == 2
    assert given not in ids


async def test_ids_can_be_given_out_by_somebody_else(anyio_backend: str) -> None:
    async with client_of(demo_app(new_request_id=lambda: "request-7")) as client:
        assert (await client.get("/nope")).headers["x-request-id"] == "request-7"


async def test_a_line_names_the_route_and_who_called() -> None:
    lines: list[dict[str, Any]] = []
    async with client_of(demo_app(access_log=lambda **line: lines.append(line))) as client:
        await client.get(f"/bookings/{BOOKING}?signature=secret", headers=as_role("mentor"))
        await client.get("/nope/secret")
        await client.request("BREW", "/bookings")
    assert [(line["method"], line["route"], line["status"], line["actor"]) for line in lines] == [
        ("GET", "/bookings/{booking_id}", 422, "user:user_mentor"),
        ("GET", "(none)", 404, "anonymous"),
        ("(none)", "(none)", 405, "anonymous"),
    ]
    assert all("secret" not in repr(line) for line in lines)
    assert all(line["ms"] > 0 for line in lines)


async def test_lines_go_through_structlog(client: httpx.AsyncClient) -> None:
    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as logs:
        await client.get("/whoami", headers=as_role("mentor") | {"X-Request-ID": "r-1"})
    (line,) = logs
    assert (line["event"], line["log_level"]) == ("request", "info")
    assert (line["request_id"], line["actor"]) == ("r-1", "user:user_mentor")
    assert (line["method"], line["route"], line["status"]) == ("GET", "/whoami", 200)


async def test_every_line_of_a_request_knows_id_and_actor(client: httpx.AsyncClient) -> None:
    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as logs:
        headers = as_role("admin") | {"X-Request-ID": "r-2"}
        await client.get("/fails?kind=crash", headers=headers)
        await client.get("/fails?kind=crash", headers={"X-Request-ID": "r-3"})
    assert [(line["request_id"], line["actor"], line["log_level"]) for line in logs] == [
        ("r-2", "user:user_admin", "error"),
        ("r-2", "user:user_admin", "error"),
        ("r-3", "anonymous", "error"),
        ("r-3", "anonymous", "error"),
    ]


async def test_what_is_asked_all_the_time_is_not_logged(client: httpx.AsyncClient) -> None:
    with capture_logs() as logs:
        await client.get("/docs")
    assert logs == []


async def test_lines_as_json_are_written_together() -> None:
    stream = io.BytesIO()
    access_log = JsonAccessLog(stream, lambda: NOW, delay_seconds=1.0)
    async with client_of(demo_app(access_log=access_log)) as client:
        asking = (client.get("/whoami", headers={"X-Request-ID": each}) for each in ("r-1", "r-2"))
        await asyncio.gather(*asking)
        assert stream.getvalue() == b""
        await until(lambda: stream.getvalue() != b"")
        first, second = (json.loads(line) for line in stream.getvalue().splitlines())
        await client.get("/nope", headers={"X-Request-ID": "r-3"})
        access_log.flush()
    milliseconds = first.pop("ms")
    assert milliseconds > 0
    assert first == {
        "event": "request",
        "level": "info",
        "timestamp": "2026-11-21T12:00:00Z",
        "request_id": "r-1",
        "actor": "anonymous",
        "method": "GET",
        "route": "/whoami",
        "status": 200,
    }
    assert second["request_id"] == "r-2"
    assert json.loads(stream.getvalue().splitlines()[2])["status"] == 404


async def test_what_is_left_is_written_at_the_end() -> None:
    stream = io.BytesIO()
    app = demo_app(access_log=JsonAccessLog(stream, lambda: NOW, delay_seconds=60))
    async with app.lifespan(), client_of(app) as client:
        await client.get("/whoami")
    assert json.loads(stream.getvalue())["route"] == "/whoami"


async def test_requests_are_counted_by_route_and_timed() -> None:
    registry = CollectorRegistry()
    async with client_of(demo_app(registry=registry)) as client:
        for path in (f"/bookings/{BOOKING}", "/bookings/other", "/bookings/another", "/nope"):
            await client.get(path)
        await client.request("BREW", "/bookings")

    def count(name: str, **labels: str) -> float | None:
        return registry.get_sample_value(f"mentorbooking_http_{name}", labels)

    route = "/bookings/{booking_id}"
    assert count("requests_total", method="GET", route=route, status="200") == 1
    assert count("requests_total", method="GET", route=route, status="404") == 2
    assert count("requests_total", method="GET", route="(none)", status="404") == 1
    assert count("requests_total", method="(none)", route="(none)", status="405") == 1
    assert count("request_duration_seconds_count", method="GET", route=route) == 3
