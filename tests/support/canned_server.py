"""An HTTP server that gives every request the same answer, whole or not, and hangs up."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@asynccontextmanager
async def canned_server(answer: bytes) -> AsyncIterator[str]:
    """Yield the URL; ``answer`` is sent as it is, from the status line on."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = _LENGTH.search(head)
        await reader.readexactly(int(length[1]) if length else 0)
        writer.write(answer)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


def json_error(status: int, code: str, message: str) -> bytes:
    """Write a refusal as the services of AWS do that speak JSON."""
    body = f'{{"message": "{message}"}}'.encode()
    head = (
        f"HTTP/1.1 {status} No\r\nx-amzn-ErrorType: {code}\r\nConnection: close\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
