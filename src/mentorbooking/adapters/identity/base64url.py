"""Bytes as URL-safe text without padding (RFC 4648, section 5), in exactly one spelling.

Python's decoder skips letters that it does not know and ignores left-over bits, so that many
texts would stand for the same bytes. Here what is changed in any way is no longer valid.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode


def encode(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode("ascii")


def decode(text: str) -> bytes:
    """Return the bytes, or raise ``ValueError`` unless ``encode`` would write the same text."""
    content = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if encode(content) != text:
        raise ValueError("not base64url as it is written here")
    return content
