"""The rows of the benchmark: which requests go to which server, and what is aimed at."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bench.measuring import Contender, Pace, Requests, Row, compare
from bench.preparing import HALF_HOUR, PEOPLE, READ_MENTORS, Calendar
from bench.requests import http_request, instant

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bench.servers import Server

MANY = 64
PEERS_READ_DAYS = "frm=2026-01-05T00:00:00Z&to=2026-01-10T00:00:00Z"
PEERS_FIRST_FREE = datetime(2026, 1, 31, tzinfo=UTC)
AT_LEAST = {"litestar_raw": ">= 1.0", "fastapi_sa": ">= 10"}


def reading(
    folder: Path, raw: Server, ours: Server, calendar: Calendar, pace: Pace
) -> Iterator[Row]:
    """Compare the lists that everybody reads with the same work and with a bare handler."""
    start, end = calendar.read_range
    read = calendar.mentors[:READ_MENTORS]
    bare = Contender(
        "bare handler, 20 structs", raw, _gets(folder / "bare", ["/bare"]), goal=">= 0.6"
    )
    mentors = [
        bare,
        Contender(raw.name, raw, _gets(folder / "m-peer", ["/mentors?skill=python"])),
        Contender(ours.name, ours, _gets(folder / "m-service", ["/mentors?limit=20"])),
    ]
    yield compare(f"GET /mentors?limit=20, {MANY} connections", "rate", mentors, MANY, pace)

    peers_slots = [f"/mentors/{n}/slots?{PEERS_READ_DAYS}" for n in range(1, READ_MENTORS + 1)]
    slots = [f"/mentors/{mentor}/timeslots?from={start}&to={end}" for mentor in read]
    timeslots = [
        bare,
        Contender(raw.name, raw, _gets(folder / "t-peer", peers_slots)),
        Contender(ours.name, ours, _gets(folder / "t-service", slots)),
    ]
    yield compare(f"GET timeslots, {MANY} connections", "rate", timeslots, MANY, pace)


def booking(
    folder: Path, peers: list[Server], ours: Server, bookings: Requests, pace: Pace
) -> Iterator[Row]:
    """Compare durable bookings: one person at a time, then many at once, then with their mails.

    The goals are without mail, which the other servers don't send either.
    """
    own = Contender(ours.name, ours, bookings, workers_aside=True)
    theirs = {
        peer: Requests.write(
            folder / f"bookings-{peer.name}", _peer_bookings(bookings.count), once=True
        )
        for peer in peers
    }
    one = [
        Contender(peer.name, peer, requests, goal="<= 1.3" if peer is peers[0] else "")
        for peer, requests in theirs.items()
    ]
    title = "durable POST /bookings, 1 connection, mail aside"
    yield compare(title, "p50_ms", [*one, own], 1, pace)

    many = [
        Contender(peer.name, peer, requests, goal=AT_LEAST[peer.name])
        for peer, requests in theirs.items()
    ]
    title = f"durable POST /bookings, {MANY} connections"
    yield compare(f"{title}, mail aside", "rate", [*many, own], MANY, pace)
    with_mail = [
        *(replace(contender, goal="") for contender in many),
        replace(own, workers_aside=False),
    ]
    yield compare(f"{title}, mail written meanwhile", "rate", with_mail, MANY, pace)


def _gets(file: Path, paths: list[str]) -> Requests:
    return Requests.write(file, (http_request("GET", path) for path in paths))


def _peer_bookings(count: int) -> Iterator[bytes]:
    """Yield the bookings of post.lua: one half hour after another, each with every mentor."""
    for number in range(count):
        start = PEERS_FIRST_FREE + number // PEOPLE * HALF_HOUR
        body = {
            "mentor_id": number % PEOPLE + 1,
            "student_id": number % 1000 + 1,
            "start": instant(start),
            "end": instant(start + HALF_HOUR),
            "note": "hello",
        }
        yield http_request("POST", "/bookings", body=body)
