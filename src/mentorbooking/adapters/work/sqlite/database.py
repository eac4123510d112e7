"""The file beside the log in which workers remember what they have done and have yet to do.

Jobs, tracked positions, parked events, requests from the command line, states of messages:
none of it can be made again from the log, so every transaction is durable (WAL,
``synchronous=FULL``). Several processes share the file; transactions are short and take the
write lock when they begin, so that a writer waits for its turn and never fails half way.

A module that keeps something here declares its tables as a ``Schema`` and works through
``WorkDatabase.write`` and ``read``.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

from mentorbooking.application.ports.unavailable import StoreUnavailable

T = TypeVar("T")

BUSY_SECONDS: Final = 10.0
_SWITCHING_TAKES: Final = 0.02
_CACHE_KIB: Final = 500
"""What is due is a few pages; a cache of all that is over would only grow."""


class Schema(NamedTuple):
    """Tables of one module. Its statements run once each, in order: add, never edit."""

    name: str
    statements: tuple[str, ...]


class WorkDatabase:
    """One connection in one thread of its own, so that no durable write stops the event loop."""

    def __init__(self, path: Path, schemas: Sequence[Schema]) -> None:
        """Open the file and bring its tables up to date; ``StoreUnavailable`` if that fails."""
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="work-db")
        try:
            self._connection = self._thread.submit(_open, path, schemas).result()
        except (OSError, sqlite3.Error) as error:
            self._thread.shutdown()
            raise StoreUnavailable(f"{path.name} can't be opened: {error}") from error

    async def write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run ``work`` in a durable transaction: whole or not at all."""
        return await self._run(_in_transaction, work)

    async def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run a single query; several would not see the same state."""
        return await self._run(_plainly, work)

    def close(self) -> None:
        """Finish what is under way and let go of the file."""
        self._thread.submit(self._connection.close).result()
        self._thread.shutdown()

    async def _run(
        self,
        how: Callable[[sqlite3.Connection, Callable[[sqlite3.Connection], T]], T],
        work: Callable[[sqlite3.Connection], T],
    ) -> T:
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._thread, how, self._connection, work)
        except sqlite3.OperationalError as error:
            raise StoreUnavailable(f"the work file can't be used now: {error}") from error


def _open(path: Path, schemas: Sequence[Schema]) -> sqlite3.Connection:
    if not path.exists():
        path.touch(mode=0o600)  # it tells of people
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
    try:
        _use_wal(connection)
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
        _in_transaction(connection, lambda tx: _bring_up_to_date(tx, schemas))
    except BaseException:
        connection.close()
        raise
    return connection


def _use_wal(connection: sqlite3.Connection) -> None:
    """Switch the mode; while another process does so, SQLite refuses instead of waiting."""
    for _ in range(int(BUSY_SECONDS / _SWITCHING_TAKES)):
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
            time.sleep(_SWITCHING_TAKES)
        else:
            return
    connection.execute("PRAGMA journal_mode=WAL")


def _bring_up_to_date(connection: sqlite3.Connection, schemas: Sequence[Schema]) -> None:
    connection.execute(
        "CREATE TABLE IF NOT EXISTS schemas (name TEXT PRIMARY KEY, applied INTEGER NOT NULL)"
        " WITHOUT ROWID"
    )
    applied = dict(connection.execute("SELECT name, applied FROM schemas"))
    for schema in schemas:
        for statement in schema.statements[applied.get(schema.name, 0) :]:
            connection.execute(statement)
        connection.execute(
            "INSERT INTO schemas VALUES (?1, ?2)"
            " ON CONFLICT (name) DO UPDATE SET applied = max(applied, ?2)",
            (schema.name, len(schema.statements)),
        )


def _in_transaction(connection: sqlite3.Connection, work: Callable[[sqlite3.Connection], T]) -> T:
    connection.execute("BEGIN IMMEDIATE")
    try:
        result = work(connection)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return result


def _plainly(connection: sqlite3.Connection, work: Callable[[sqlite3.Connection], T]) -> T:
    return work(connection)
