"""What comes off the wire and is no request, or none that is served, is told as a problem."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from mentorbooking.entrypoints.http.heads import LARGEST_HEAD
from tests.http.demo import demo_app
from tests.support.raw_requests import Answered, Connect, on_a_socket

pytestmark = pytest.mark.anyio

HOST = b"Host: service.test\r\n"
WHOAMI = b"GET /whoami HTTP/1.1\r\n" + HOST + b"\r\n"
UNREADABLE = (400, "bad-request")
TOO_LARGE = (431, "headers-too-large")


@pytest.fixture
async def connect(anyio_backend: str) -> AsyncIterator[Connect]:
    async with on_a_socket(demo_app()) as connect:
        yield connect


async def told_of(connect: Connect, *pieces: bytes) -> Answered:
    line = await connect()
    await line.send(*pieces)
    return await line.answer()


def get(path: str, *headers: bytes, version: str = "1.1") -> bytes:
    lines = [f"GET {path} HTTP/{version}".encode(), *headers, b"", b""]
    return b"\r\n".join(lines)


def post(path: bytes, *headers: bytes, body: bytes = b"") -> bytes:
    return b"\r\n".join([b"POST " + path + b" HTTP/1.1", b"Host: x", *headers, b"", body])


@pytest.mark.parametrize(
    ("sent", "instance"),
    [
        (b"FOO /whoami HTTP/1.1\r\n" + HOST + b"\r\n", "/"),
        (b"get /whoami HTTP/1.1\r\n" + HOST + b"\r\n", "/"),
        (b"CONNECT service.test:443 HTTP/1.1\r\n" + HOST + b"\r\n", "service.test:443"),
        (get("/whoämi", b"Host: x"), "/"),
        (get("/whoami\x01", b"Host: x"), "/"),
        (get("whoami", b"Host: x"), "/"),
        (get("/who ami", b"Host: x"), "/who"),
        (get("http://service.test", b"Host: x"), "http://service.test"),
        (get("/whoami", b"Host: x", b"no colon"), "/whoami"),
        (get("/whoami", b"Host: x", b"a b: c"), "/whoami"),
        (get("/whoami", b"Host: x", b"a: b\x00"), "/whoami"),
        (get("/whoami", b"Host: x", b"a: b", b" folded"), "/whoami"),
        (get("/whoami"), "/whoami"),
        (get("/whoami", b"Host: a", b"Host: b"), "/whoami"),
        (get("/whoami", version="2.0"), "/whoami"),
        (get("/whoami", b"Host: x", version="3.7"), "/whoami"),
        (b"GET /whoami\r\n\r\n", "/whoami"),
        (post(b"/a%2Fb%20c?d=e", b"Content-Length: x"), "/a/b%20c"),
        (post(b"/slots", b"Content-Length: -1"), "/slots"),
        (post(b"/slots", b"Content-Length: 2", b"Content-Length: 3", body=b"{}"), "/slots"),
        (post(b"/slots", b"Content-Length: 99999999999999999999"), "/slots"),
        (post(b"/slots", b"Transfer-Encoding: gzip", body=b"{}"), "/slots"),
        (post(b"/slots", b"Transfer-Encoding: gzip, chunked", body=b"0\r\n\r\n"), "/slots"),
        (
            post(b"/slots", b"Content-Length: 2", b"Transfer-Encoding: chunked", body=b"{}"),
            "/slots",
        ),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "/"),  # TLS says hello
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "*"),
        (b"hello\r\n\r\n", "/"),
    ],
)
async def test_it_is_a_problem_and_ends_the_connection(
    connect: Connect, sent: bytes, instance: str
) -> None:
    line = await connect()
    await line.send(sent)
    answer = await line.answer()

    assert answer.refusal == UNREADABLE
    assert answer.problem["instance"] == instance
    assert answer.headers["connection"] == "close"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert await line.rest() == b""


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (get("/whoami", b"Host: x"), 200),
        (get("/whoami", version="1.0"), 200),
        (get("/nope", version="1.0"), 404),
        (get("/whoami", b"Host: x", version="2.0"), 200),
        (get("http://service.test/whoami", b"Host: x"), 200),
        (get("/whoami", b"Host: x", "a: ö".encode()), 200),
        (b"OPTIONS /whoami HTTP/1.1\r\n" + HOST + b"\r\n", 204),
        (b"OPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n", 404),
        (b"TRACE /whoami HTTP/1.1\r\n" + HOST + b"\r\n", 405),
        (get("/bookings/%00", b"Host: x"), 404),
        (get("/bookings/%FF", b"Host: x"), 404),
        (get("/bookings/a%2Fb", b"Host: x"), 404),
        (get("/bookings/../whoami", b"Host: x"), 404),
        (get("/bookings/%2e%2e/whoami", b"Host: x"), 404),
        (get("/%", b"Host: x"), 404),
        (get("/bookings?status=%FF", b"Host: x"), 422),
    ],
)
async def test_what_is_strange_and_can_be_read_is_answered(
    connect: Connect, sent: bytes, status: int
) -> None:
    answer = await told_of(connect, sent)

    assert answer.status == status
    if status >= 400:
        assert answer.problem["request_id"]


async def test_who_waits_for_a_go_ahead_gets_it_or_a_refusal(connect: Connect) -> None:
    waiting = await connect()
    await waiting.send(post(b"/exports", b"Content-Length: 2", b"Expect: 100-continue"))
    go_ahead = await waiting.answer()
    await waiting.send(b"{}")

    assert go_ahead.status == 100
    assert (await waiting.answer()).status == 202
    refused = post(b"/bookings", b"Content-Length: 2", b"Expect: 100-continue")
    assert (await told_of(connect, refused)).refusal == (401, "unauthenticated")


async def test_what_is_in_front_of_it_is_answered_first(connect: Connect) -> None:
    line = await connect()
    await line.send(WHOAMI + WHOAMI + b"nonsense\r\n\r\n" + WHOAMI)

    assert [(await line.answer()).status for _ in range(3)] == [200, 200, 400]
    assert await line.rest() == b""


async def test_a_connection_that_was_fine_so_far(connect: Connect) -> None:
    line = await connect()
    await line.send(get("/bookings/one", b"Host: x", b"X-Request-ID: first"))
    first = await line.answer()
    await line.send(b"nonsense")
    second = await line.answer()

    assert first.headers["x-request-id"] == "first"
    assert second.refusal == UNREADABLE
    assert second.problem["instance"] == "/"
    assert second.headers["x-request-id"] != "first"


CHUNKED = (b"Transfer-Encoding: chunked", b"X-Request-ID: broken")


@pytest.mark.parametrize("pause", [True, False])
async def test_a_body_that_breaks_off(connect: Connect, pause: bool) -> None:
    head, chunk = post(b"/exports", *CHUNKED), b"2\r\n{}\r\nzz\r\n"
    line = await connect()
    await line.send(*([head, chunk] if pause else [head + chunk]))
    answer = await line.answer()

    assert answer.refusal == UNREADABLE
    assert answer.headers["x-request-id"] == "broken"
    assert answer.problem["instance"] == "/exports"
    assert await line.rest() == b""


async def test_a_body_that_breaks_off_behind_others(connect: Connect) -> None:
    line = await connect()
    await line.send(WHOAMI + WHOAMI + post(b"/exports", *CHUNKED, body=b"zz\r\n"))

    assert [(await line.answer()).status for _ in range(3)] == [200, 200, 400]
    assert await line.rest() == b""


async def test_a_body_that_breaks_off_once_all_is_said(connect: Connect) -> None:
    line = await connect()
    await line.send(post(b"/bookings", *CHUNKED))
    answer = await line.answer()
    await line.send(b"zz\r\n")

    assert answer.refusal == (401, "unauthenticated")
    assert await line.rest() == b""


async def test_behind_a_body_that_came_once_all_was_said(connect: Connect) -> None:
    line = await connect()
    await line.send(post(b"/bookings", b"Content-Length: 2"))
    refused = await line.answer()
    await line.send(b"{}", b"nonsense")

    assert refused.refusal == (401, "unauthenticated")
    assert (await line.answer()).refusal == UNREADABLE


def head_of(size: int) -> bytes:
    """Return a head that is measured as so many bytes."""
    padding = size - len(b"/whoami") - len(b"Host" + b"x" + b"::::") - len(b"Pad" + b"::::")
    return get("/whoami", b"Host: x", b"Pad: " + b"x" * padding)


def in_pieces(data: bytes, size: int) -> list[bytes]:
    return [data[start : start + size] for start in range(0, len(data), size)]


@pytest.mark.parametrize("piece", [10**6, 20_000])
async def test_a_head_may_be_so_large_and_no_larger(connect: Connect, piece: int) -> None:
    fits, is_larger = head_of(LARGEST_HEAD), head_of(LARGEST_HEAD + 1)

    assert (await told_of(connect, *in_pieces(fits, piece))).status == 200
    assert (await told_of(connect, *in_pieces(is_larger, piece))).refusal == TOO_LARGE


@pytest.mark.parametrize(
    "start", [b"GET /", b"GET / HTTP/1.1\r\n" + HOST + b"A: ", b"GET / HTTP/1.1\r\nA"]
)
async def test_a_head_without_end_is_not_read_to_the_end(connect: Connect, start: bytes) -> None:
    line = await connect()
    await line.send(start)
    sending = asyncio.ensure_future(_endlessly(line.send))
    try:
        answer = await line.answer()
    finally:
        sending.cancel()

    assert answer.refusal == TOO_LARGE


async def _endlessly(send: Any) -> None:
    while True:
        await send(b"x" * 10_000)


async def test_a_large_body_is_no_part_of_the_head(connect: Connect) -> None:
    body = b'{"raw": true}'.ljust(200_000)
    export = post(b"/exports", b"Content-Length: 200000", body=body)
    line = await connect()
    await line.send(*in_pieces(export + WHOAMI, 50_000))

    assert [(await line.answer()).status for _ in range(2)] == [202, 200]


async def test_a_body_in_front_of_a_head_is_no_part_of_it(connect: Connect) -> None:
    export = post(b"/exports", b"Content-Length: 80000", body=b"{}".ljust(80_000))
    head = head_of(LARGEST_HEAD - 1_000)
    line = await connect()
    await line.send(export + head[:100], head[100:-10], head[-10:])

    assert [(await line.answer()).status for _ in range(2)] == [202, 200]


H2C = (b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c", b"HTTP2-Settings: AAMAAABk")


@pytest.mark.parametrize("pause", [True, False])
async def test_a_wish_for_another_protocol_costs_no_body(connect: Connect, pause: bool) -> None:
    head, body = post(b"/exports", *H2C, b"Content-Length: 13"), b'{"raw": true}'
    line = await connect()
    await line.send(*([head, body] if pause else [head + body]))
    answer = await line.answer()
    await line.send(WHOAMI)

    assert (answer.status, answer.body) == (202, b'{"raw":true}')
    assert (await line.answer()).status == 200


async def test_what_is_behind_such_a_wish_is_measured_too(connect: Connect) -> None:
    line = await connect()
    await line.send(get("/whoami", b"Host: x", *H2C) + head_of(LARGEST_HEAD + 1))

    assert (await line.answer()).status == 200
    assert (await line.answer()).refusal == TOO_LARGE


async def test_blank_lines_in_front_of_a_head_are_passed_over(connect: Connect) -> None:
    line = await connect()
    await line.send(*[b"\r\n" * 20_000] * 4, WHOAMI)

    assert (await line.answer()).status == 200


async def test_what_is_behind_the_end_costs_no_answer(connect: Connect) -> None:
    wish = get("/whoami", b"Host: x", b"Connection: close, Upgrade", b"Upgrade: websocket")
    line = await connect()
    await line.send(wish + b"nonsense")

    assert (await line.answer()).status == 200
    assert await line.rest() == b""


async def test_who_wants_another_protocol_may_want_the_end_too(connect: Connect) -> None:
    wish = get("/whoami", b"Host: x", b"Connection: close, Upgrade", b"Upgrade: websocket")
    line = await connect()
    await line.send(wish)

    assert (await line.answer()).headers["connection"] == "close"
    assert await line.rest() == b""


async def test_a_trailer_is_no_header(connect: Connect) -> None:
    chunks = b"2\r\n{}\r\n0\r\nX-Request-ID: from-behind\r\n\r\n"
    answer = await told_of(connect, post(b"/exports", b"Transfer-Encoding: chunked", body=chunks))

    assert answer.status == 202
    assert answer.headers["x-request-id"] != "from-behind"


async def test_it_is_logged_and_counted_as_all_others(anyio_backend: str) -> None:
    lines: list[dict[str, Any]] = []
    app = demo_app(access_log=lambda **line: lines.append(line))
    with capture_logs() as logs:
        async with on_a_socket(app) as connect:
            answer = await told_of(connect, b"FOO /secret HTTP/1.1\r\n\r\n")

    (line,) = lines
    assert (line["method"], line["route"], line["status"]) == ("(none)", "(none)", 400)
    assert line["request_id"] == answer.headers["x-request-id"]
    assert "secret" not in repr(lines)
    assert logs == []
