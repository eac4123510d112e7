"""Measure servers against each other: interleaved rounds under the same load, then medians."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Literal

import msgspec

from bench.load import Load
from bench.servers import ROOT, Server, alone

if TYPE_CHECKING:
    from collections.abc import Iterable
    from contextlib import AbstractContextManager
    from pathlib import Path

WARM_UP_SECONDS = 1.0


@dataclass(frozen=True)
class Pace:
    """How long a row takes: a short warm-up, then rounds that count."""

    seconds: float
    rounds: int

    @property
    def warm_up(self) -> float:
        """Return the seconds of the round before the first that counts."""
        return min(self.seconds, WARM_UP_SECONDS)

    @property
    def total_seconds(self) -> float:
        """Return how long one server is under load in a row."""
        return self.warm_up + self.rounds * self.seconds


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """One server's medians. `ratio` is the service's figure divided by this server's."""

    name: str
    rate: float
    p50_ms: float
    p99_ms: float
    refused: int
    busy: float
    ratio: float | None = None
    goal: str = ""


class Row(msgspec.Struct, frozen=True):
    """One kind of load, and how each server bore it; the service comes last."""

    title: str
    measure: Literal["rate", "p50_ms"]
    figures: list[Figures]

    @property
    def refused(self) -> int:
        """Requests that any of the servers did not answer with a 2xx."""
        return sum(figures.refused for figures in self.figures)


@dataclass
class Requests:
    """A file of prepared requests. Where each may be sent only once, `left` says how many."""

    file: Path
    count: int
    once: bool = False
    taken: int = 0

    @classmethod
    def write(cls, file: Path, requests: Iterable[bytes], *, once: bool = False) -> Requests:
        """Write the requests where the load generator reads them."""
        prepared = list(requests)
        file.write_bytes(msgspec.msgpack.encode(prepared))
        return cls(file, len(prepared), once)

    @property
    def left(self) -> int:
        """Return how many requests have not been sent yet."""
        return self.count - self.taken


@dataclass(frozen=True)
class Contender:
    """A server with its own requests for the job, and what the service should reach beside it.

    ``workers_aside``: what its other processes do is not measured, and waits.
    """

    name: str
    server: Server
    requests: Requests
    goal: str = ""
    workers_aside: bool = False

    def alone(self, others: Iterable[Server]) -> AbstractContextManager[None]:
        """Pause what is not to be measured."""
        paused = contextlib.ExitStack()
        paused.enter_context(alone(self.server, others))
        if self.workers_aside:
            paused.enter_context(self.server.workers_aside())
        return paused


def compare(
    title: str,
    measure: Literal["rate", "p50_ms"],
    contenders: list[Contender],
    connections: int,
    pace: Pace,
) -> Row:
    """Load one contender after another, as many times as there are rounds; the service is last."""
    loads: dict[str, list[Load]] = {contender.name: [] for contender in contenders}
    servers = [contender.server for contender in contenders]
    for turn in range(pace.rounds + 1):
        seconds = pace.seconds if turn else pace.warm_up
        for each in contenders:
            most = max(each.requests.left // (pace.rounds + 1 - turn), 1)
            with each.alone(servers):
                loads[each.name].append(
                    load(each.server, each.requests, connections, seconds, most)
                )
    figures = [_medians(contender, loads[contender.name]) for contender in contenders]
    ours = getattr(figures[-1], measure)
    for place, theirs in enumerate(figures[:-1]):
        ratio = ours / getattr(theirs, measure)
        figures[place] = msgspec.structs.replace(theirs, ratio=ratio)
    return Row(title, measure, figures)


def exhaust(server: Server, requests: Requests, count: int) -> None:
    """Send so many of the requests, without measuring."""
    load(server, requests, 64, seconds=3600, most=count)


def _medians(contender: Contender, loads: list[Load]) -> Figures:
    """The first load was the warm-up: its refusals count, its figures do not."""
    measured = loads[1:]
    return Figures(
        name=contender.name,
        rate=median(load.rate for load in measured),
        p50_ms=median(load.p50_ms for load in measured),
        p99_ms=median(load.p99_ms for load in measured),
        refused=sum(load.refused for load in loads),
        busy=max(load.busy for load in measured),
        goal=contender.goal,
    )


def load(server: Server, requests: Requests, connections: int, seconds: float, most: int) -> Load:
    """Send requests over so many connections for a time, at most so many of those sent once."""
    command = [sys.executable, "-m", "bench.load", str(requests.file)]
    command += ["--port", str(server.port), "--connections", str(connections)]
    command += ["--seconds", str(seconds)]
    if requests.once:
        command += ["--first", str(requests.taken), "--most", str(most)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)
    load = msgspec.json.decode(done.stdout, type=Load)
    requests.taken += load.taken
    return load
