"""A zip archive whose bytes depend on nothing but the names and contents of its files."""

from __future__ import annotations

from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

EARLIEST = (1980, 1, 1, 0, 0, 0)
"""The first moment that the format can tell."""

READABLE = 0o100644
"""A file that everybody may read: Lambda runs functions as a user of its own."""


class TooLarge(Exception):
    """Unpacked it takes more than it may; the text says what takes most of it."""


def pack(folder: Path, archive: Path, *, largest: int) -> int:
    """Pack all files of a folder; return how many bytes they are unpacked.

    Raises ``TooLarge``, with nothing written, if they are more than ``largest``.
    """
    files = sorted(
        (path.relative_to(folder).as_posix(), path) for path in folder.rglob("*") if path.is_file()
    )
    size = sum(path.stat().st_size for _, path in files)
    if size > largest:
        raise TooLarge(_told(files, size, largest))
    archive.parent.mkdir(parents=True, exist_ok=True)
    with ZipFile(archive, "w", ZIP_DEFLATED, compresslevel=9) as packed:
        for name, path in files:
            entry = ZipInfo(name, EARLIEST)
            entry.create_system = 3  # Unix, whose rights follow
            entry.external_attr = READABLE << 16
            packed.writestr(entry, path.read_bytes(), ZIP_DEFLATED, 9)
    return size


def _told(files: list[tuple[str, Path]], size: int, largest: int) -> str:
    parts: dict[str, int] = {}
    for name, path in files:
        part = name.partition("/")[0]
        parts[part] = parts.get(part, 0) + path.stat().st_size
    most = sorted(parts, key=parts.__getitem__, reverse=True)[:5]
    told = ", ".join(f"{part} {megabytes(parts[part])}" for part in most)
    return f"{megabytes(size)} unpacked are more than {megabytes(largest)}: {told}"


def megabytes(size: int) -> str:
    return f"{size / 1_000_000:.1f} MB"
