"""``ObjectStorage`` in a folder: every object is a file under its key.

An object is written to a hidden file beside its place, synced, and renamed; then the folders
are synced, so that the name survives a power cut as well.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterable, AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from stat import S_ISREG
from tempfile import NamedTemporaryFile
from typing import Final

from mentorbooking.application.ports.object_storage import (
    ObjectMissing,
    ObjectStat,
    ObjectStorage,
    StorageUnavailable,
    StoredObject,
    checked_key,
)

BLOCK: Final = 256 * 1024

_UNFINISHED = ".part"


@dataclass(frozen=True, slots=True)
class FileObjectStorage(ObjectStorage):
    """``root`` is made when something is put."""

    root: Path

    async def put(self, key: str, content: AsyncIterable[bytes]) -> StoredObject:
        writing = await asyncio.to_thread(_Writing, self.root, checked_key(key))
        try:
            async for block in _in_blocks(content):
                await asyncio.to_thread(writing.add, block)
            return await asyncio.to_thread(writing.finish)
        finally:
            writing.discard()

    async def read(self, key: str) -> AsyncIterator[bytes]:
        path = self.root / checked_key(key)
        with _while_reading(key):
            file = await asyncio.to_thread(path.open, "rb")
        with file:
            while block := await asyncio.to_thread(file.read, BLOCK):
                yield block

    async def stat(self, key: str) -> ObjectStat:
        path = self.root / checked_key(key)
        with _while_reading(key):
            found = path.stat()
        if not S_ISREG(found.st_mode):
            raise ObjectMissing(key)
        return ObjectStat(key, found.st_size)

    async def delete(self, key: str) -> None:
        path = self.root / checked_key(key)
        with suppress(ObjectMissing), _while_reading(key):
            path.unlink()
            _sync_folder(path.parent)

    def forget_unfinished(self, *, before: datetime) -> None:
        """Remove what was begun before then by a process that was killed; for the start."""
        for leftover in self.root.rglob(f".*{_UNFINISHED}"):
            with suppress(FileNotFoundError):
                if leftover.stat().st_mtime < before.timestamp():
                    leftover.unlink()


class _Writing:
    """One object under way, in its hidden file."""

    def __init__(self, root: Path, key: str) -> None:
        self._key, self._root, self._path = key, root, root / key
        self._digest, self._size = sha256(), 0
        with _while_writing(key):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = NamedTemporaryFile(  # noqa: SIM115  closed by finish or discard
                dir=self._path.parent, prefix=".", suffix=_UNFINISHED, delete=False
            )

    def add(self, block: bytes) -> None:
        with _while_writing(self._key):
            self._file.write(block)
        self._digest.update(block)
        self._size += len(block)

    def finish(self) -> StoredObject:
        with _while_writing(self._key):
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            Path(self._file.name).replace(self._path)
            for folder in (self._path.parent, *self._path.parent.parents):
                _sync_folder(folder)
                if folder == self._root:
                    break
        return StoredObject(self._key, self._size, self._digest.hexdigest())

    def discard(self) -> None:
        """Remove what was not finished."""
        with suppress(OSError):
            self._file.close()
        Path(self._file.name).unlink(missing_ok=True)


async def _in_blocks(content: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    """Join small pieces: each block costs a thread's turn."""
    pieces: list[bytes] = []
    size = 0
    async for piece in content:
        pieces.append(piece)
        size += len(piece)
        if size >= BLOCK:
            yield b"".join(pieces)
            pieces, size = [], 0
    if pieces:
        yield b"".join(pieces)


@contextmanager
def _while_reading(key: str) -> Iterator[None]:
    try:
        yield
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
        raise ObjectMissing(key) from error
    except OSError as error:
        raise StorageUnavailable(f"{key}: {error.strerror}") from error


@contextmanager
def _while_writing(key: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageUnavailable(f"{key}: {error.strerror}") from error


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
