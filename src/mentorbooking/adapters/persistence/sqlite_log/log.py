"""The event log on SQLite: one file, one writer, many readers, any number of processes.

Appends are atomic over several streams, optimistic on each stream's version, durable once
answered, and chained by hash. Positions count from 1 without holes and become visible in
order. What belongs to an append (its idempotent answer, credentials) lands in the same
transaction.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from mentorbooking.adapters.persistence.chain import Checkpoint
from mentorbooking.adapters.persistence.hooks import Hook, Hooks
from mentorbooking.adapters.persistence.requests import (
    Append,
    Appended,
    IdempotencyRecord,
    LogUnavailable,
    Snapshot,
    Statement,
    StoredEvent,
    StreamEvent,
)
from mentorbooking.adapters.persistence.sqlite_log import reading
from mentorbooking.adapters.persistence.sqlite_log.connections import Readers, open_for_writing
from mentorbooking.adapters.persistence.sqlite_log.foreign_commits import ForeignCommits, OwnHead
from mentorbooking.adapters.persistence.sqlite_log.recent_events import RecentEvents
from mentorbooking.adapters.persistence.sqlite_log.schema import meta
from mentorbooking.adapters.persistence.sqlite_log.transaction import read_head
from mentorbooking.adapters.persistence.sqlite_log.watcher import Watcher
from mentorbooking.adapters.persistence.sqlite_log.writer import Writer

if TYPE_CHECKING:
    from mentorbooking.adapters.persistence.sqlite_log.process_writer import ProcessWriter

_PUT_SNAPSHOT = """
INSERT INTO snapshots (stream, version, schema, state) VALUES (?, ?, ?, ?)
ON CONFLICT (stream) DO UPDATE
SET version = excluded.version, schema = excluded.schema, state = excluded.state
WHERE excluded.version > version OR excluded.schema <> schema"""

_FORGET_ANSWERS = """
DELETE FROM idempotency WHERE rowid IN
(SELECT rowid FROM idempotency WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)"""

_FORGET_TOKENS = """
DELETE FROM refresh_tokens WHERE rowid IN
(SELECT rowid FROM refresh_tokens WHERE issued_at <= ? ORDER BY issued_at LIMIT ?)"""


class SQLiteLog:
    """Opens or makes the file; ``LogUnavailable`` when that can't be done.

    Reads are short enough for an event loop's thread and may be made in any thread; each sees
    everything that any process had committed when it began. Durations are in seconds.
    """

    def __init__(
        self, path: Path | str, *, busy_timeout: float = 5.0, watch_interval: float = 0.05
    ) -> None:
        """Wait ``busy_timeout`` while another process writes, and look for what it wrote
        every ``watch_interval``.
        """
        self.path = Path(path)
        self._busy_timeout = busy_timeout
        self._watch_interval = watch_interval
        self._connection = open_for_writing(self.path, busy_timeout)
        self._meta = meta(self._connection)
        self._own = OwnHead(read_head(self._connection).position)
        self._hooks = Hooks()
        self._readers = Readers(self.path, busy_timeout)
        self._foreign = ForeignCommits(self.path, self._own, busy_timeout)
        self._watcher: Watcher | None = None
        self._watching = Lock()
        self._recent = RecentEvents()
        self._thread = Writer(self._connection, self._own, self._recent, self._hooks)
        self._writer: Writer | ProcessWriter = self._thread

    @asynccontextmanager
    async def written_by_a_process(self) -> AsyncIterator[ProcessWriter]:
        """Let a process of its own do the writing while the block runs, on this event loop.

        It shares no interpreter lock with whoever decides, and takes some 20 MB. Raises
        ``LogUnavailable`` when it can't be started.
        """
        from mentorbooking.adapters.persistence.sqlite_log.process_writer import ProcessWriter

        writer = ProcessWriter(
            self.path,
            self._busy_timeout,
            self._own,
            self._recent,
            self._hooks,
            self._readers,
            self._thread,
        )
        try:
            await writer.start()
        except OSError as error:
            raise LogUnavailable(f"the process that writes can't be started: {error}") from error
        self._writer = writer
        try:
            yield writer
        finally:
            try:
                await writer.close()
            finally:
                self._writer = self._thread

    def meta(self, key: str) -> Any:
        """Return what was noted when the file was made: ``store_id``, a text, and
        ``address_key``, 32 random bytes to key hashes of addresses with.
        """
        return self._meta[key]

    async def append(self, request: Append) -> Appended:
        """Append atomically and return once it is durable.

        Raises ``StreamConflict``, ``IdempotencyKeyTaken``, ``ConstraintViolated`` or
        ``LogUnavailable``; then nothing of it was recorded. Cancelling does not take it back.
        """
        return await self._writer.append(request)

    def append_sync(self, request: Append) -> Appended:
        """Do as ``append`` does, in a thread that may block."""
        return self._writer.append_sync(request)

    async def write(self, *statements: Statement) -> tuple[int, ...]:
        """Run statements, all or none, without an event; return how many rows each changed."""
        return (await self._writer.append(_without_events(statements))).changed

    def write_sync(self, *statements: Statement) -> tuple[int, ...]:
        """Do as ``write`` does, in a thread that may block."""
        return self._writer.append_sync(_without_events(statements)).changed

    def put_snapshot(self, stream: str, version: int, schema: int, state: bytes) -> None:
        """Keep a state soon; it may get lost, which does no harm."""
        self._writer.append_soon(
            _without_events(((_PUT_SNAPSHOT, (stream, version, schema, state)),))
        )

    async def forget_expired(
        self, now_us: int, *, tokens_issued_until_us: int, at_once: int = 500
    ) -> int:
        """Delete answers that have expired and refresh tokens of that age; return how many.

        Deletes few ``at_once``, so that appends need not wait long.
        """
        forgotten = 0
        while True:
            changed = await self.write(
                (_FORGET_ANSWERS, (now_us, at_once)),
                (_FORGET_TOKENS, (tokens_issued_until_us, at_once)),
            )
            forgotten += sum(changed)
            if max(changed) < at_once:
                return forgotten

    def read_stream(self, stream: str, after_version: int = 0) -> list[StoredEvent]:
        """Return a stream's events behind a version, oldest first.

        Raises ``GapInLog`` when a version is missing.
        """
        return reading.read_stream(self._readers, stream, after_version)

    def replay(self, stream: str, after_version: int = 0) -> list[StreamEvent]:
        """Return what ``read_stream`` does, without what surrounded the events."""
        return reading.replay(self._readers, stream, after_version)

    def read_log(
        self,
        after: int,
        limit: int,
        topics: Collection[str] | None = None,
        upto: int | None = None,
    ) -> list[StoredEvent]:
        """Return events behind a position in order, at most ``limit``, of any or some topics.

        Without ``topics`` it never passes over a missing position but ends before it, with no
        events at last: then ``head`` tells that there should be some. A topic that is rare
        costs a walk over what lies between, as far as ``upto``.
        """
        if topics is None and (upto is None or after + limit <= upto):
            recent = self._recent.read(after, limit)
            if recent is not None:
                return recent
        return reading.read_log(self._readers, after, limit, topics, upto)

    def head(self) -> int:
        """Return the newest position; 0 when nothing was appended yet."""
        return reading.head(self._readers)

    def checkpoint(self) -> Checkpoint:
        """Return the newest position and its hash; kept elsewhere, it proves the log later."""
        return reading.checkpoint(self._readers)

    def snapshot(self, stream: str) -> Snapshot | None:
        """Return the newest snapshot of a stream, if there is one."""
        return reading.snapshot(self._readers, stream)

    def answer(self, principal: str, key: str, now_us: int) -> IdempotencyRecord | None:
        """Return the answer stored for a key, unless it has expired."""
        return reading.answer(self._readers, principal, key, now_us)

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Read from the tables beside the log."""
        return self._readers.query(sql, parameters)

    def changed_elsewhere(self) -> bool:
        """Tell whether other processes appended since this was last asked.

        For one asker, in one thread: the answer is given once. It may, rarely, be a false
        alarm; it never misses an append.
        """
        return self._foreign.look() is not None

    def on_commit(self, hook: Hook) -> Callable[[], None]:
        """Call ``hook`` after each append, in the writer's thread; return what ends that.

        It is called for other processes' appends too, from another thread and a little later,
        so heads may be told out of order. It must be quick and can't append synchronously.
        """
        with self._watching:
            if self._watcher is None:
                foreign = ForeignCommits(self.path, self._own, self._busy_timeout)
                self._watcher = Watcher(foreign, self._hooks, self._watch_interval)
        return self._hooks.add(hook)

    def close(self) -> None:
        """Write what is queued, then let go of the file.

        The connection that writes goes last, so that SQLite can fold the write-ahead log into
        the file.
        """
        self._thread.close()
        with self._watching:
            watcher, self._watcher = self._watcher, None
        if watcher is not None:
            watcher.close()
        self._foreign.close()
        self._readers.close()
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def _without_events(statements: tuple[Statement, ...]) -> Append:
    return Append(commit_id="", time_us=0, metadata=b"", streams=(), statements=statements)
