"""Clients of HTTP/1.0 know no chunks: an answer of unknown length ends with the connection."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.http.demo import demo_app
from tests.support.raw_requests import Connect, on_a_socket

pytestmark = pytest.mark.anyio

REPORT = b"line\r\n1\r\n"


@pytest.fixture
async def connect(anyio_backend: str) -> AsyncIterator[Connect]:
    async with on_a_socket(demo_app()) as connect:
        yield connect


async def told(connect: Connect, request: bytes) -> tuple[bytes, bytes]:
    """Send a request on a connection of its own; return head and body until its end."""
    line = await connect()
    await line.send(request)
    head, _, body = (await line.rest()).partition(b"\r\n\r\n")
    return head.lower() + b"\r\n", body


@pytest.mark.parametrize("wish", [b"", b"Connection: keep-alive\r\n"])
async def test_an_answer_of_unknown_length_ends_with_the_connection(
    connect: Connect, wish: bytes
) -> None:
    head, body = await told(connect, b"GET /report.csv HTTP/1.0\r\n" + wish + b"\r\n")

    assert body == REPORT
    assert head.startswith(b"http/1.1 200 ok\r\n")
    assert b"\r\nconnection: close\r\n" in head
    assert b"transfer-encoding" not in head
    assert b"content-length" not in head


async def test_so_it_does_behind_a_request_of_today(connect: Connect) -> None:
    today = b"GET /report.csv HTTP/1.1\r\nHost: x\r\n\r\n"
    _, first_and_second = await told(connect, today + b"GET /report.csv HTTP/1.0\r\n\r\n")

    assert first_and_second.startswith(
        b"6\r\nline\r\n\r\n3\r\n1\r\n\r\n0\r\n\r\nHTTP/1.1 200 OK\r\n"
    )
    assert first_and_second.endswith(b"\r\n\r\n" + REPORT)


async def test_an_answer_of_known_length_tells_it(connect: Connect) -> None:
    head, body = await told(connect, b"GET /whoami HTTP/1.0\r\n\r\n")

    assert b"\r\ncontent-length: %d\r\n" % len(body) in head
    assert body


@pytest.mark.parametrize("method", [b"HEAD", b"OPTIONS"])
async def test_an_answer_without_a_body_has_none(connect: Connect, method: bytes) -> None:
    head, body = await told(connect, method + b" /report.csv HTTP/1.0\r\n\r\n")

    assert head.startswith(b"http/1.1 20")
    assert b"transfer-encoding" not in head
    assert body == b""


async def test_so_it_does_for_who_would_rather_speak_another_protocol(connect: Connect) -> None:
    wish = b"Connection: Upgrade\r\nUpgrade: h2c\r\n"
    head, body = await told(connect, b"GET /report.csv HTTP/1.0\r\n" + wish + b"\r\n")

    assert (head[:16], body) == (b"http/1.1 200 ok\r", REPORT)


async def test_nobody_is_told_to_go_on_who_would_not_understand(connect: Connect) -> None:
    head, body = await told(
        connect,
        b"POST /exports HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 13\r\n\r\n"
        b'{"raw": true}',
    )

    assert head.startswith(b"http/1.1 202 ")
    assert body == b'{"raw":true}'
