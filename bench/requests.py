"""Whole HTTP/1.1 requests, written before the load that sends them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from bench.preparing import Calendar


def booking_requests(calendar: Calendar, tokens: list[str], first: int) -> Iterator[bytes]:
    """Yield a booking of every free slot from the n-th half hour on, one mentor after another."""
    for number in range(first, len(calendar.slots)):
        for mentor, mentor_id in enumerate(calendar.mentors):
            yield http_request(
                "POST",
                "/bookings",
                {
                    "Authorization": f"Bearer {tokens[(mentor + number) % len(tokens)]}",
                    "Idempotency-Key": f"bench-{number}-{mentor}",
                },
                {"mentor_id": mentor_id, "slot_id": calendar.slots[number][mentor]},
            )


def http_request(
    method: str, path: str, headers: dict[str, str] | None = None, body: object = None
) -> bytes:
    """Return a whole HTTP/1.1 request."""
    content = b"" if body is None else msgspec.json.encode(body)
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if content:
        lines += ["Content-Type: application/json", f"Content-Length: {len(content)}"]
    return "\r\n".join([*lines, "", ""]).encode() + content


def instant(moment: datetime) -> str:
    """Return a UTC time as the APIs write it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
