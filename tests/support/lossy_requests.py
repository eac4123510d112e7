"""Requests over a network that loses some of them, and some of the answers."""

from __future__ import annotations

import asyncio
import json
from enum import Enum
from random import Random
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from tests.support.patience import PATIENCE


class Fate(Enum):
    """What becomes of a request."""

    ANSWERED = "answered"
    REQUEST_LOST = "the line is cut before all of it was sent"
    ANSWER_LOST = "it arrives, and nobody hears the answer"


class Answer(NamedTuple):
    """``headers`` have names in small letters."""

    status: int
    headers: dict[str, str]
    body: bytes


class Request(NamedTuple):
    """A POST; ``headers`` are those that matter here."""

    path: str
    headers: dict[str, str]
    content: Any

    def bytes(self, host: str) -> bytes:
        body = json.dumps(self.content).encode()
        headers = {
            **self.headers,
            "Host": host,
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            "Connection": "close",
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"POST {self.path} HTTP/1.1\r\n{head}\r\n".encode() + body


async def send(url: str, request: Request, fate: Fate, chance: Random) -> Answer | None:
    """Send a request; return the answer, or None if one of the two was lost."""
    place = urlsplit(url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    try:
        content = request.bytes(place.netloc)
        if fate is Fate.REQUEST_LOST:
            content = content[: chance.randrange(len(content))]
        writer.write(content)
        await writer.drain()
        if fate is Fate.ANSWERED:
            async with asyncio.timeout(PATIENCE):
                return _parsed(await reader.read())
        if fate is Fate.ANSWER_LOST:
            await asyncio.sleep(chance.choice((0, 0, 0.002, 0.01)))
        return None
    finally:
        writer.transport.abort()


def _parsed(content: bytes) -> Answer:
    head, _, body = content.partition(b"\r\n\r\n")
    status_line, *lines = head.decode().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines)
    assert len(body) == int(headers["content-length"]), "the answer came in part"
    return Answer(int(status_line.split(" ")[1]), headers, body)
