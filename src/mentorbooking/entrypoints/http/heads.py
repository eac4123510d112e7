"""What the head of a request, its first line and its headers, has to be like.

Only what the parser lets pass: it refuses most of what is wrong itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final

LARGEST_HEAD: Final = 64 * 1024
"""Bytes of request line and headers together."""

_OF_UPGRADES: Final = frozenset({b"upgrade", b"http2-settings"})

Headers = Iterable[tuple[bytes, bytes]]


class HeadRefused(Exception):
    """It could be parsed, and is not as it has to be."""


class HeadTooLarge(HeadRefused):
    """It is larger than ``LARGEST_HEAD``."""


def require_size(url: bytes, headers: Headers) -> None:
    """Raise ``HeadTooLarge`` for a head that is."""
    if len(url) + sum(len(name) + len(value) + 4 for name, value in headers) > LARGEST_HEAD:
        raise HeadTooLarge


def require_sound(headers: Headers, version: Callable[[], str]) -> None:
    """Raise ``HeadRefused`` for what is wrong with a head.

    A request names its host, if it is not of HTTP/1.0, and none names two (RFC 9112, section 3.2).
    A body comes as it is or in chunks (section 6.1).
    """
    hosts = 0
    for name, value in headers:
        if name == b"host":
            hosts += 1
        elif name == b"transfer-encoding" and value.lower() != b"chunked":
            raise HeadRefused
    if hosts != 1 and (hosts or version() != "1.0"):
        raise HeadRefused


def without_upgrade(headers: Headers) -> Iterator[tuple[bytes, bytes]]:
    """Yield headers, leaving out the wish for another protocol (RFC 9110, section 7.8)."""
    for name, value in headers:
        if name == b"connection":
            words = [word.strip() for word in value.split(b",")]
            yield name, b", ".join(word for word in words if word.lower() not in _OF_UPGRADES)
        elif name not in _OF_UPGRADES:
            yield name, value
