"""Whose fault an error of SQLite is: the machine's, the file's, or what was asked of it."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Final

import structlog

_TORN: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_MACHINE: Final = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_INTERRUPT,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOLFS,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_READONLY,
    }
)

_log = structlog.get_logger(__name__)


def is_damage(error: BaseException) -> bool:
    """Tell whether the file is torn."""
    return _code(error) in _TORN


def is_of_the_machine(error: BaseException) -> bool:
    """Tell whether the same statement may well succeed on another day, or on another file."""
    return _code(error) in _MACHINE | _TORN


def _code(error: BaseException) -> int | None:
    """Return the primary result code (https://www.sqlite.org/rescode.html)."""
    code = getattr(error, "sqlite_errorcode", None)
    return code & 0xFF if isinstance(code, int) else None


def left_its_log(path: Path) -> bool:
    """Tell whether the last run did not end in good order: SQLite removes its log on closing."""
    return path.with_name(f"{path.name}-wal").exists()


def discard(path: Path) -> None:
    """Delete the file and what belongs to it; whoever has it open goes on with what it has."""
    for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
        path.with_name(name).unlink(missing_ok=True)


def discard_if_damaged(path: Path, error: BaseException) -> bool:
    """Throw a file in use away when this error means that it is torn; tell whether it does."""
    if not is_damage(error):
        return False
    _log.error("read_models_damaged", hint="the next start makes them anew from the log")
    with suppress(OSError):
        discard(path)
    return True
