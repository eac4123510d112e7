"""A head or a body that dribbles in is not awaited for ever; nobody else is hurried."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from mentorbooking.application.principal import Principal
from mentorbooking.entrypoints.http import protocol
from mentorbooking.entrypoints.http.patience import (
    LEAST_OF_A_BODY,
    LOOKS_AT_A_BODY,
    LOOKS_AT_A_HEAD,
)
from tests.http.demo import demo_app, verify
from tests.support.raw_requests import Connect, Line, on_a_socket

pytestmark = pytest.mark.anyio

BETWEEN_LOOKS = 0.02
TOO_LATE = (408, "request-timeout")
GET = b"GET /whoami HTTP/1.1\r\nHost: x\r\n"
POST = b"POST /exports HTTP/1.1\r\nHost: x\r\nX-Request-ID: slow\r\n"


@pytest.fixture
async def connect(anyio_backend: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Connect]:
    monkeypatch.setattr(protocol, "BETWEEN_LOOKS", BETWEEN_LOOKS)
    async with on_a_socket(demo_app()) as connect:
        yield connect


async def dribble(line: Line, piece: bytes, *, pause: float = BETWEEN_LOOKS / 4) -> None:
    """Send a piece again and again, for as long as the other side listens."""
    try:
        while True:
            line.writer.write(piece)
            await line.writer.drain()
            await asyncio.sleep(pause)
    except ConnectionError:
        pass


async def has_ended(line: Line) -> bool:
    """Wait for the end without another word; it may be abrupt for who goes on sending."""
    try:
        return await line.rest() == b""
    except ConnectionResetError:
        return True


@pytest.mark.parametrize("begun", [b"GET /whoami", GET, GET + b"X-A: b"])
@pytest.mark.parametrize("piece", [b"", b"o"])
async def test_a_head(connect: Connect, begun: bytes, piece: bytes) -> None:
    line = await connect()
    await line.send(begun)
    dribbling = asyncio.ensure_future(dribble(line, piece))
    answer = await line.answer()
    await dribbling if piece else dribbling.cancel()

    assert answer.refusal == TOO_LATE
    assert answer.headers["connection"] == "close"


@pytest.mark.parametrize("piece", [b"", b"\r\n"])
async def test_who_begins_no_request_is_let_go_without_a_word(
    connect: Connect, piece: bytes
) -> None:
    line = await connect()
    dribbling = asyncio.ensure_future(dribble(line, piece))
    try:
        assert await has_ended(line)
    finally:
        dribbling.cancel()


async def test_who_begins_no_other_request_is_let_go_too(connect: Connect) -> None:
    line = await connect()
    await line.send(GET + b"\r\n")
    answer = await line.answer()
    dribbling = asyncio.ensure_future(dribble(line, b"\r\n"))
    try:
        assert answer.status == 200
        assert await has_ended(line)
    finally:
        dribbling.cancel()


@pytest.mark.parametrize(
    ("head", "piece"),
    [
        (b"Content-Length: 100000\r\n\r\n", b" "),
        (b"Content-Length: 100000\r\n\r\n", b""),
        (b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    ],
)
async def test_a_body(connect: Connect, head: bytes, piece: bytes) -> None:
    line = await connect()
    await line.send(POST + head)
    dribbling = asyncio.ensure_future(dribble(line, piece, pause=BETWEEN_LOOKS))
    answer = await line.answer()
    await dribbling if piece else dribbling.cancel()

    assert answer.refusal == TOO_LATE
    assert answer.headers["x-request-id"] == "slow"
    assert answer.problem["instance"] == "/exports"


async def test_a_body_that_nobody_reads_any_more(connect: Connect) -> None:
    line = await connect()
    await line.send(b"POST /bookings HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n")
    answer = await line.answer()
    dribbling = asyncio.ensure_future(dribble(line, b" "))
    try:
        assert answer.refusal == (401, "unauthenticated")
        assert await has_ended(line)
    finally:
        dribbling.cancel()


async def test_a_body_that_comes_steadily_may_take_longer(connect: Connect) -> None:
    pieces = 6
    line = await connect()
    await line.send(POST + b"Content-Length: %d\r\n\r\n{}" % (2 + pieces * LEAST_OF_A_BODY))
    for _ in range(pieces):
        await asyncio.sleep(BETWEEN_LOOKS * LOOKS_AT_A_BODY / 3)
        await line.send(b" " * LEAST_OF_A_BODY)

    assert (await line.answer()).status == 202


async def test_who_has_an_answer_may_say_nothing_for_longer(connect: Connect) -> None:
    line = await connect()
    await line.send(GET + b"\r\n")
    first = await line.answer()
    await asyncio.sleep(BETWEEN_LOOKS * LOOKS_AT_A_BODY * 1.5)
    await line.send(GET + b"\r\n")

    assert [first.status, (await line.answer()).status] == [200, 200]


async def test_who_hangs_up_is_not_answered(
    anyio_backend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "BETWEEN_LOOKS", BETWEEN_LOOKS)
    lines: list[dict[str, Any]] = []
    async with on_a_socket(demo_app(access_log=lambda **line: lines.append(line))) as connect:
        line = await connect()
        await line.send(GET)
        line.writer.close()
        await asyncio.sleep(BETWEEN_LOOKS * LOOKS_AT_A_HEAD * 2)

    assert lines == []


@pytest.fixture
async def connect_slow(
    anyio_backend: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Connect]:
    """A service that takes its time to find out who sends a token."""

    async def verify_slowly(token: str, request_id: str) -> Principal:
        await asyncio.sleep(BETWEEN_LOOKS * LOOKS_AT_A_BODY * 1.5)
        return await verify(token, request_id)

    monkeypatch.setattr(protocol, "BETWEEN_LOOKS", BETWEEN_LOOKS)
    async with on_a_socket(demo_app(verify=verify_slowly)) as connect:
        yield connect


TOKEN = b"Authorization: Bearer student\r\n"


@pytest.mark.parametrize("size", [2, 300_000])
async def test_who_waits_for_us_is_not_hurried(connect_slow: Connect, size: int) -> None:
    line = await connect_slow()
    await line.send(POST + TOKEN + b"Content-Length: %d\r\n\r\n" % size + b"{}".ljust(size))

    assert (await line.answer()).status == 202


async def test_nor_is_who_waits_for_a_go_ahead(connect_slow: Connect) -> None:
    line = await connect_slow()
    await line.send(POST + TOKEN + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n")
    go_ahead = await line.answer()
    await line.send(b"{}")

    assert [go_ahead.status, (await line.answer()).status] == [100, 202]


async def test_who_was_refused_is_told_once(connect_slow: Connect) -> None:
    line = await connect_slow()
    await line.send(GET + TOKEN + b"\r\nnonsense")

    assert [(await line.answer()).status for _ in range(2)] == [200, 400]
    assert await line.rest() == b""
