"""The load generator: prepared requests over keep-alive connections, on raw sockets.

It runs as a process of its own beside the server that it loads, and is the same for every server.
It reads a MessagePack array of whole HTTP/1.1 requests and prints a `Load` as JSON, in which `busy`
is the share of one core that it used itself: near 1 the generator was measured, not the server.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import re
import sys
import time
from collections import Counter
from itertools import cycle, islice
from pathlib import Path
from typing import TYPE_CHECKING, cast

import msgspec
import uvloop

if TYPE_CHECKING:
    from collections.abc import Iterator

LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


class Load(msgspec.Struct, frozen=True):
    """What one run did. `taken` counts requests sent, `answers` their statuses (0: broken off)."""

    taken: int
    answers: dict[int, int]
    seconds: float
    rate: float
    p50_ms: float
    p99_ms: float
    busy: float

    @property
    def refused(self) -> int:
        """Requests that were not answered with a 2xx."""
        return sum(count for status, count in self.answers.items() if not 200 <= status < 300)


class Run:
    """The requests that are left, and the answers so far."""

    def __init__(self, requests: Iterator[bytes], seconds: float) -> None:
        self._requests = requests
        self._seconds = seconds
        self._until = 0.0
        self.taken = 0
        self.answers: Counter[int] = Counter()
        self.latencies: list[float] = []

    def start(self) -> None:
        """Begin to count the time."""
        self._until = time.perf_counter() + self._seconds

    def take(self) -> bytes | None:
        """Return the next request; nothing once the time is up or the requests are used."""
        if time.perf_counter() >= self._until:
            return None
        request = next(self._requests, None)
        self.taken += request is not None
        return request


class Connection(asyncio.Protocol):
    """One connection: the next request goes out when the last one's answer is complete."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._received = b""
        self._sent = 0.0
        self._transport: asyncio.Transport
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport; nothing is sent before `send`."""
        self._transport = cast("asyncio.Transport", transport)

    def send(self) -> None:
        """Send the next request, or close where there is none."""
        request = self._run.take()
        if request is None:
            self.done.set_result(None)
            self._transport.close()
            return
        self._sent = time.perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        """Collect an answer; count it when its body is complete."""
        self._received += data
        head = self._received.find(b"\r\n\r\n")
        if head < 0:
            return
        length = LENGTH.search(self._received, 0, head)
        if length is None:
            self._transport.abort()
        elif len(self._received) >= head + 4 + int(length[1]):
            self._run.latencies.append(time.perf_counter() - self._sent)
            self._run.answers[int(self._received[9:12])] += 1
            self._received = b""
            self.send()

    def connection_lost(self, _: Exception | None) -> None:
        """Count an answer that will not come any more."""
        if not self.done.done():
            self._run.answers[0] += 1
            self.done.set_result(None)


async def generate(port: int, connections: int, run: Run) -> Load:
    """Send the requests of the run over so many connections; return what came back."""
    loop = asyncio.get_running_loop()
    opened = [
        (await loop.create_connection(lambda: Connection(run), "127.0.0.1", port))[1]
        for _ in range(connections)
    ]
    began, worked = time.perf_counter(), time.process_time()
    run.start()
    for connection in opened:
        connection.send()
    await asyncio.gather(*(connection.done for connection in opened))
    seconds, worked = time.perf_counter() - began, time.process_time() - worked
    latencies = sorted(run.latencies) or [0.0]
    return Load(
        taken=run.taken,
        answers=dict(run.answers),
        seconds=seconds,
        rate=len(run.latencies) / seconds,
        p50_ms=latencies[len(latencies) // 2] * 1000,
        p99_ms=latencies[len(latencies) * 99 // 100] * 1000,
        busy=worked / seconds,
    )


def main() -> None:
    """Read the arguments, run, print the result."""
    parser = argparse.ArgumentParser(prog="bench.load", description=__doc__)
    parser.add_argument("requests", type=Path)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--connections", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--first", type=int, help="use each request once, from this one on")
    parser.add_argument("--most", type=int, help="with --first: no more than so many")
    given = parser.parse_args()
    requests = msgspec.msgpack.decode(given.requests.read_bytes(), type=list[bytes])
    if given.first is None:
        chosen: Iterator[bytes] = cycle(requests)
    else:
        chosen = islice(requests, given.first, given.first + (given.most or len(requests)))
    gc.freeze()
    gc.disable()
    load = uvloop.run(generate(given.port, given.connections, Run(chosen, given.seconds)))
    sys.stdout.buffer.write(msgspec.json.encode(load))


if __name__ == "__main__":
    main()
