"""TypeIDs: a type prefix and a UUIDv7 in Crockford base 32, sortable by creation time.

https://github.com/jetify-com/typeid/tree/main/spec (0.3.0); UUIDv7: RFC 9562, section 5.7.
Randomness and time come in as arguments.
"""

from __future__ import annotations

from datetime import datetime

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_VALUES = {letter: value for value, letter in enumerate(ALPHABET)}


def uuid7(at: datetime, random_bits: int) -> int:
    """Return a UUIDv7 as a number, from an instant (ms) and 74 random bits."""
    milliseconds = int(at.timestamp() * 1000)
    rand_a, rand_b = (random_bits >> 62) & 0xFFF, random_bits & ((1 << 62) - 1)
    return milliseconds << 80 | 0x7 << 76 | rand_a << 64 | 0b10 << 62 | rand_b


def type_id(prefix: str, uuid: int) -> str:
    """Write a UUID as a TypeID."""
    return f"{prefix}_{''.join(ALPHABET[uuid >> shift & 31] for shift in range(125, -1, -5))}"


def uuid_of(prefix: str, text: str) -> int | None:
    """Read a TypeID back; None when it is not one with this prefix."""
    head, separator, suffix = text.rpartition("_")
    if not separator or head != prefix or len(suffix) != 26 or suffix[0] > "7":
        return None
    number = 0
    for letter in suffix:
        value = _VALUES.get(letter)
        if value is None:
            return None
        number = number << 5 | value
    return number
