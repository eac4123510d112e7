"""TypeIDs in sixteen bytes: list rows are read fifty at a time, and half of each is ids."""

from __future__ import annotations

from typing import Final

from mentorbooking.domain.kernel.ids import type_id, uuid_of

_BYTES: Final = 16


def compact(prefix: str, text: str) -> bytes:
    """Return the number of a TypeID with this prefix; of any other text, as much as it takes."""
    uuid = uuid_of(prefix, text)
    if uuid is not None:
        return uuid.to_bytes(_BYTES, "big")
    spelled_out = text.encode()
    return spelled_out + b"\0" if len(spelled_out) == _BYTES else spelled_out


def spelled(prefix: str, stored: bytes) -> str:
    """Return the id that ``compact`` was given."""
    if len(stored) == _BYTES:
        return type_id(prefix, int.from_bytes(stored, "big"))
    return stored.rstrip(b"\0").decode()
