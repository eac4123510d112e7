"""Cursors as text: the values as JSON, behind an HMAC of them and of the listing's name.

The listing's name is not in the text; another one gives another HMAC. The HMAC is cut to 16
bytes (RFC 2104, section 5), which nobody can guess by asking.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence

import msgspec

from mentorbooking.adapters.identity import base64url
from mentorbooking.application.ports.cursors import Cursors, CursorValue, InvalidCursor

_TAG_BYTES = 16


class OpaqueCursors(Cursors):
    def __init__(self, key: bytes) -> None:
        self._key = key
        self._decoder = msgspec.json.Decoder(tuple[CursorValue, ...])

    def encode(self, listing: str, values: Sequence[CursorValue]) -> str:
        content = msgspec.json.encode(values)
        return base64url.encode(self._tag(listing, content) + content)

    def decode(self, listing: str, text: str) -> tuple[CursorValue, ...]:
        try:
            whole = base64url.decode(text)
        except ValueError as error:
            raise _refused() from error
        tag, content = whole[:_TAG_BYTES], whole[_TAG_BYTES:]
        if not hmac.compare_digest(tag, self._tag(listing, content)):
            raise _refused()
        return self._decoder.decode(content)

    def _tag(self, listing: str, content: bytes) -> bytes:
        """Sign both, told apart by the length of the first."""
        name = listing.encode()
        message = b"%d:%b%b" % (len(name), name, content)
        return hmac.digest(self._key, message, "sha256")[:_TAG_BYTES]


def _refused() -> InvalidCursor:
    return InvalidCursor("The cursor does not belong to this list as it is sorted and filtered.")
