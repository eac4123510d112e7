"""Bytes as they are, to an application on a socket, and what comes back."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn
from litestar import Litestar
from uvicorn.server import ServerState

from mentorbooking.entrypoints.http.protocol import ReadingProtocol
from tests.support.patience import PATIENCE


@dataclass
class Answered:
    """One answer; ``problem`` is what it tells, if it is one."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def problem(self) -> Any:
        assert self.headers["content-type"] == "application/problem+json", self
        problem = json.loads(self.body)
        assert problem["status"] == self.status
        assert problem["request_id"] == self.headers["x-request-id"]
        return problem

    @property
    def refusal(self) -> tuple[int, str]:
        return self.status, self.problem["code"]


@dataclass
class Line:
    """A connection to the application."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, *pieces: bytes) -> None:
        """Send pieces, each by itself."""
        for piece in pieces:
            self.writer.write(piece)
            await self.writer.drain()
            await asyncio.sleep(0.01)

    async def answer(self) -> Answered:
        """Wait for the next answer, which has to tell its length."""
        async with asyncio.timeout(PATIENCE):
            head = await self.reader.readuntil(b"\r\n\r\n")
            status, *lines = head.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")
            headers = dict(line.lower().split(": ", 1) for line in lines)
            body = await self.reader.readexactly(int(headers.get("content-length", "0")))
        return Answered(int(status.split()[1]), headers, body)

    async def rest(self) -> bytes:
        """Return what comes until the other side closes."""
        async with asyncio.timeout(PATIENCE):
            return await self.reader.read()


Connect = Callable[[], Awaitable[Line]]


@asynccontextmanager
async def on_a_socket(app: Litestar) -> AsyncIterator[Connect]:
    """Serve an application as ``mentorbooking serve`` does; give what connects to it."""
    config = uvicorn.Config(
        app, http=ReadingProtocol, ws="none", lifespan="off", log_config=None, access_log=False
    )
    config.load()
    state = ServerState()
    loop = asyncio.get_running_loop()

    def connection() -> asyncio.Protocol:
        return ReadingProtocol(config=config, server_state=state, app_state={})

    server = await loop.create_server(connection, "127.0.0.1", 0)
    lines: list[Line] = []

    async def connect() -> Line:
        line = Line(*await asyncio.open_connection(*server.sockets[0].getsockname()))
        lines.append(line)
        return line

    try:
        yield connect
    finally:
        for line in lines:
            line.writer.close()
        server.close()
        for open_one in tuple(state.connections):
            open_one.shutdown()
        await asyncio.sleep(0)
