"""Stored files for readers that can't wait: copied to a temporary file, a piece at a time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from functools import partial
from tempfile import SpooledTemporaryFile
from typing import IO

from mentorbooking.application.ports.object_storage import ObjectStorage

_IN_MEMORY = 256 * 1024
_PIECE = 64 * 1024


@asynccontextmanager
async def spooled(storage: ObjectStorage, key: str) -> AsyncIterator[Callable[[], Iterator[bytes]]]:
    """Give a function that reads the object from its start, each time it is called."""
    with SpooledTemporaryFile(_IN_MEMORY) as file:
        async for piece in storage.read(key):
            file.write(piece)
        yield partial(pieces_of, file)


def pieces_of(file: IO[bytes]) -> Iterator[bytes]:
    """Read a file from its start, piece by piece."""
    file.seek(0)
    while piece := file.read(_PIECE):
        yield piece
