"""TypeIDs: a type prefix and a UUIDv7 in Crockford base 32, sortable by creation time.

https://github.com/jetify-com/typeid/tree/main/spec (0.3.0); UUIDv7: RFC 9562, section 5.7.
Randomness and time come in as arguments.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS = tuple(first + second for first in ALPHABET for second in ALPHABET)
_SUFFIX = re.compile(f"[0-7][{ALPHABET}]{{25}}")
_TO_PYTHONS_DIGITS = str.maketrans(ALPHABET, "0123456789abcdefghijklmnopqrstuv")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def milliseconds_of(at: datetime) -> int:
    """Return the whole milliseconds from the epoch to an instant."""
    return (at - _EPOCH) // _MILLISECOND


def uuid7(at: datetime, random_bits: int) -> int:
    """Return a UUIDv7 as a number, from an instant (ms) and 74 random bits."""
    return uuid7_in(milliseconds_of(at), random_bits)


def uuid7_in(milliseconds: int, random_bits: int) -> int:
    """Return a UUIDv7 as a number, from a millisecond since the epoch and 74 random bits."""
    rand_a, rand_b = (random_bits >> 62) & 0xFFF, random_bits & ((1 << 62) - 1)
    return milliseconds << 80 | 0x7 << 76 | rand_a << 64 | 0b10 << 62 | rand_b


def type_id(prefix: str, uuid: int) -> str:
    """Write a UUID as a TypeID."""
    p = _PAIRS
    return (
        f"{prefix}_{p[uuid >> 120]}{p[uuid >> 110 & 1023]}{p[uuid >> 100 & 1023]}"
        f"{p[uuid >> 90 & 1023]}{p[uuid >> 80 & 1023]}{p[uuid >> 70 & 1023]}"
        f"{p[uuid >> 60 & 1023]}{p[uuid >> 50 & 1023]}{p[uuid >> 40 & 1023]}"
        f"{p[uuid >> 30 & 1023]}{p[uuid >> 20 & 1023]}{p[uuid >> 10 & 1023]}{p[uuid & 1023]}"
    )


def uuid_of(prefix: str, text: str) -> int | None:
    """Read a TypeID back; None when it is not one with this prefix."""
    head, separator, suffix = text.rpartition("_")
    if not separator or head != prefix or not _SUFFIX.fullmatch(suffix):
        return None
    return int(suffix.translate(_TO_PYTHONS_DIGITS), 32)
