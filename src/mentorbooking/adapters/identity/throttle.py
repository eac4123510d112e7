"""Throttling within one process: who may try what, how often.

The numbers leave room for a lecture hall behind one address, and stop guessing: a password can
be tried ten times and then twice a minute; one client takes at most a fraction of one core for
hashing passwords.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from math import ceil
from typing import Literal

import msgspec

from mentorbooking.adapters.identity.client_address import subscriber_of
from mentorbooking.adapters.identity.leaky_buckets import LeakyBuckets, Rate
from mentorbooking.application.ports.throttle import Attempt, Throttle, TooManyRequests


class Limit(msgspec.Struct, frozen=True):
    """How often, for each of whom. ``failures``: what succeeds is taken back."""

    per: Literal["address", "client"]
    rate: Rate
    failures: bool = False


LIMITS: Mapping[Attempt, tuple[Limit, ...]] = {
    "token": (
        Limit("address", Rate(burst=10, seconds_each=30), failures=True),
        Limit("client", Rate(burst=100, seconds_each=1), failures=True),
        Limit("client", Rate(burst=1000, seconds_each=0.2)),
    ),
    "register": (
        Limit("address", Rate(burst=60, seconds_each=10)),
        Limit("client", Rate(burst=1000, seconds_each=1)),
    ),
    "refresh": (
        Limit("address", Rate(burst=60, seconds_each=5)),
        Limit("client", Rate(burst=1000, seconds_each=0.1)),
    ),
    "resend": (
        Limit("address", Rate(burst=10, seconds_each=60)),
        Limit("client", Rate(burst=100, seconds_each=1)),
    ),
}


class MemoryThrottle(Throttle):
    """``monotonic_ns`` tells the time in nanoseconds and never goes back."""

    def __init__(self, monotonic_ns: Callable[[], int], *, remembered: int = 32_768) -> None:
        self._buckets = LeakyBuckets(monotonic_ns, remembered)

    def hit(self, kind: Attempt, *, address_key: str | None, client: str) -> None:
        counted = list(_counted(kind, address_key, client))
        wait = max(self._buckets.wait_for(bucket, limit.rate) for bucket, limit in counted)
        if wait > 0:
            raise TooManyRequests(ceil(wait))
        for bucket, limit in counted:
            self._buckets.pour(bucket, limit.rate)

    def succeeded(self, kind: Attempt, *, address_key: str | None, client: str) -> None:
        for bucket, limit in _counted(kind, address_key, client):
            if limit.failures:
                self._buckets.take_back(bucket, limit.rate)


class NoThrottle(Throttle):
    """Lets everything pass: for load tests."""

    def hit(self, kind: Attempt, *, address_key: str | None, client: str) -> None:
        """Count nothing."""

    def succeeded(self, kind: Attempt, *, address_key: str | None, client: str) -> None:
        """Take nothing back."""


def _counted(
    kind: Attempt, address_key: str | None, client: str
) -> Iterator[tuple[tuple[str, int, str], Limit]]:
    who = {"address": address_key, "client": subscriber_of(client)}
    for number, limit in enumerate(LIMITS[kind]):
        whose = who[limit.per]
        if whose is not None:
            yield (kind, number, whose), limit
