"""The object storage in a folder: what is on the disk, and what a bad disk does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import anyio
import pytest

from mentorbooking.adapters.object_storage.files import FileObjectStorage
from mentorbooking.application.ports.object_storage import StorageUnavailable

pytestmark = pytest.mark.anyio


async def pieces(*content: bytes) -> AsyncIterator[bytes]:
    for piece in content:
        yield piece


async def never_ending() -> AsyncIterator[bytes]:
    yield b"x" * 300_000
    await anyio.sleep_forever()


def files_below(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


async def test_a_file_lies_under_its_key_and_nothing_beside_it(tmp_path: Path) -> None:
    await FileObjectStorage(tmp_path).put("exports/1/bookings.csv", pieces(b"a,b\r\n"))

    assert files_below(tmp_path) == ["exports/1/bookings.csv"]
    assert (tmp_path / "exports/1/bookings.csv").read_bytes() == b"a,b\r\n"


async def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    await FileObjectStorage(tmp_path).put("a.csv", pieces(b"names"))

    assert (tmp_path / "a.csv").stat().st_mode & 0o077 == 0


async def test_a_cancelled_upload_leaves_no_file(tmp_path: Path) -> None:
    with anyio.move_on_after(0.2):
        await FileObjectStorage(tmp_path).put("a/b.csv", never_ending())

    assert files_below(tmp_path) == []


async def test_what_a_killed_process_left_is_removed_at_a_later_start(tmp_path: Path) -> None:
    storage = FileObjectStorage(tmp_path)
    await storage.put("a/b.csv", pieces(b"x"))
    (tmp_path / "a" / ".abc.part").write_bytes(b"half")
    begun = datetime.fromtimestamp((tmp_path / "a" / ".abc.part").stat().st_mtime, UTC)

    storage.forget_unfinished(before=begun - timedelta(hours=1))
    assert files_below(tmp_path) == ["a/.abc.part", "a/b.csv"]

    storage.forget_unfinished(before=begun + timedelta(hours=1))
    assert files_below(tmp_path) == ["a/b.csv"]


async def test_a_root_that_is_no_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "objects").write_text("in the way")

    with pytest.raises(StorageUnavailable):
        await FileObjectStorage(tmp_path / "objects").put("a.csv", pieces(b"x"))


async def test_a_full_disk_is_told_and_leaves_no_file(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    signal = pytest.importorskip("signal")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        with pytest.raises(StorageUnavailable):
            await FileObjectStorage(tmp_path).put("a.csv", pieces(b"x" * 300_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)

    assert files_below(tmp_path) == []
