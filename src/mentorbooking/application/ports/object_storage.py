"""Files under keys: what was uploaded, what was exported."""

from __future__ import annotations

import re
from collections.abc import AsyncIterable, AsyncIterator
from typing import Final, Protocol

import msgspec

from mentorbooking.application.ports.unavailable import Unavailable

LONGEST_KEY: Final = 500

_SEGMENT = r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}"
_KEY = re.compile(rf"{_SEGMENT}(?:/{_SEGMENT})*")


class InvalidKey(ValueError):
    """The text can't be a key."""


class ObjectMissing(Exception):
    """There is nothing under that key."""


class StorageUnavailable(Unavailable):
    """The storage can't be used now: away, full, or read-only. Nothing changed."""

    code = "storage-unavailable"
    detail = "The storage of files can't be used now. Nothing was recorded."


class StoredObject(msgspec.Struct, frozen=True):
    """What was stored: its size in bytes and the SHA-256 of its content in hexadecimal."""

    key: str
    size: int
    sha256: str


class ObjectStat(msgspec.Struct, frozen=True):
    """What is known of an object without reading it."""

    key: str
    size: int


class ObjectStorage(Protocol):
    """Promises: an object is there whole or not at all, and durable once ``put`` answered.

    Memory does not grow with an object's size. Any method may raise ``InvalidKey`` and
    ``StorageUnavailable``.
    """

    async def put(self, key: str, content: AsyncIterable[bytes]) -> StoredObject:
        """Store the content, replacing what was there; what the content raises is passed on."""

    def read(self, key: str) -> AsyncIterator[bytes]:
        """Return the content in pieces; raises ``ObjectMissing`` with the first one."""

    async def stat(self, key: str) -> ObjectStat:
        """Return what is known of it, or raise ``ObjectMissing``."""

    async def delete(self, key: str) -> None:
        """Forget it. Deleting what is not there is fine."""


def checked_key(key: str) -> str:
    """Return the key if it is one: names with ``/`` between, none of which leads anywhere else.

    A name begins with a letter or digit and goes on with those, ``.``, ``_`` and ``-``, in
    ASCII: it means the same to a file system, in a URL and to S3.
    """
    if len(key) > LONGEST_KEY or not _KEY.fullmatch(key):
        raise InvalidKey("not a key of the object storage")
    return key
