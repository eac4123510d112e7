"""Whether two collections of events are the same, in a fixed memory and whatever their order."""

from __future__ import annotations

import zlib
from hashlib import blake2b

import msgspec

from mentorbooking.adapters.persistence.requests import StoredEvent

BUCKETS = 1 << 16

_encode = msgspec.msgpack.Encoder().encode
_MASK = (1 << 128) - 1


class EventDigests:
    """Streams are dealt out to buckets, and in each the fingerprints of their events are summed.

    A sum can be made to come out right by who knows how fingerprints are made; so they are made
    with a ``key`` of 32 random bytes that nobody learns. Some 4 MB.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._sums = [0] * BUCKETS

    def add(self, lane: int, event: StoredEvent) -> None:
        bucket = bucket_of(event.stream)
        self._sums[bucket] = (self._sums[bucket] + self.fingerprint(lane, event)) & _MASK

    def take(self, lane: int, event: StoredEvent) -> None:
        bucket = bucket_of(event.stream)
        self._sums[bucket] = (self._sums[bucket] - self.fingerprint(lane, event)) & _MASK

    def odd_buckets(self) -> list[int]:
        """Return those from which other events were taken than were added."""
        return [bucket for bucket, left in enumerate(self._sums) if left]

    def fingerprint(self, lane: int, event: StoredEvent) -> int:
        """Return 128 bits of everything that is known of an event."""
        content = _encode((lane, event))
        return int.from_bytes(blake2b(content, digest_size=16, key=self._key).digest())


def bucket_of(stream: str) -> int:
    return zlib.crc32(stream.encode()) % BUCKETS
