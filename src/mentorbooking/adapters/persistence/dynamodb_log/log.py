"""The event log on DynamoDB: one table, any number of processes, one lane or several.

Appends are atomic over several streams, optimistic on each stream's version, durable once
answered, and chained by hash. Positions count from 1 without holes and become visible in
order; with several lanes, as soon as somebody reads on. What belongs to an append (its
idempotent answer, credentials) lands in the same transaction. What is asked and what the answers
mean is written in modules without I/O; here they meet an aiobotocore client.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Self, TypeVar

from mentorbooking.adapters.persistence.chain import Checkpoint
from mentorbooking.adapters.persistence.dynamodb_log.appending.ordering import OrderedAppend
from mentorbooking.adapters.persistence.dynamodb_log.asking.clients import ask
from mentorbooking.adapters.persistence.dynamodb_log.asking.patience import Patience
from mentorbooking.adapters.persistence.dynamodb_log.asking.scanning import ScannedPage
from mentorbooking.adapters.persistence.dynamodb_log.asking.steps import Steps, drive
from mentorbooking.adapters.persistence.dynamodb_log.core import LogCore, new_token
from mentorbooking.adapters.persistence.dynamodb_log.items import Item, TransactItem
from mentorbooking.adapters.persistence.dynamodb_log.notes import read_note
from mentorbooking.adapters.persistence.dynamodb_log.terms import Landed, Loaded
from mentorbooking.adapters.persistence.hooks import Hook
from mentorbooking.adapters.persistence.requests import (
    Append,
    IdempotencyRecord,
    LogUnavailable,
    Snapshot,
    StoredEvent,
)

if TYPE_CHECKING:
    from types_aiobotocore_dynamodb import DynamoDBClient

T = TypeVar("T")


class DynamoDBLog:
    """For one event loop. Reads see everything that any process had committed when they began.

    All of it raises ``LogUnavailable`` when the table can't be used, or for ``patience``
    seconds can't be reached or is too busy.
    """

    def __init__(
        self,
        client: DynamoDBClient,
        table: str,
        *,
        lanes: int = 1,
        patience: float = 4.0,
        token: Callable[[], str] = new_token,
    ) -> None:
        """Nothing is read or made yet; see ``table.create_table``, and ``open`` for a table whose
        ``lanes`` one does not know.

        ``token`` returns a text of up to 36 characters that was never returned.
        """
        self._client = client
        self._core = LogCore(table, lanes, token)
        self._turns = {lane.number: asyncio.Lock() for lane in self._core.lanes}
        self._taking_in = asyncio.Lock()
        self._patience = patience
        self._under_way: set[asyncio.Task[Landed]] = set()

    @classmethod
    async def open(cls, client: DynamoDBClient, table: str, *, patience: float = 4.0) -> Self:
        """Return the log with as many lanes as are noted in the table."""
        waiting = Patience(patience)
        note = await drive(read_note(table, waiting), lambda step: ask(client, step, waiting))
        log = cls(client, table, lanes=int(note["lanes"]["N"]), patience=patience)
        log._core.note = note
        return log

    @property
    def table(self) -> str:
        return self._core.table

    @property
    def lanes(self) -> int:
        return len(self._core.lanes)

    async def meta(self, name: str) -> bytes | str:
        """Return what was noted when the table was made: ``store_id``, a text, and
        ``address_key``, 32 random bytes to key hashes of addresses with.
        """
        patience = self._new_patience()
        return await self._run(self._core.meta(name, patience), patience)

    async def append(self, request: Append, alongside: Sequence[TransactItem] = ()) -> Landed:
        """Append atomically and return once it is durable.

        ``commit_id`` is never used twice. ``alongside`` lands in the same transaction: items of
        this table in the client's terms (``{"Put": {"Item": …, "ConditionExpression": …}}``),
        without TableName. One whose condition fails is told as ``ConstraintViolated``. An
        append of nothing waits for the appends that were begun before it.

        Raises ``StreamConflict``, ``IdempotencyKeyTaken``, ``ConstraintViolated`` or
        ``LogUnavailable``; then nothing of it was recorded, unless it is ``AppendInDoubt``.
        ``AppendTooLarge``: it is more than a transaction holds. Cancelling does not take it back.
        """
        ordered = OrderedAppend(request, alongside)
        if ordered.is_empty and self._under_way:
            await asyncio.wait(self._under_way)
        task = asyncio.create_task(self._append(ordered))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return await asyncio.shield(task)

    async def _append(self, ordered: OrderedAppend) -> Landed:
        patience = self._new_patience()
        lane = self._core.lane_of(ordered)
        async with _held(self._turns[lane.number], patience, "too many appends are waiting"):
            return await self._run(self._core.append(ordered, patience), patience)

    async def write(self, *items: TransactItem) -> None:
        """Write items of this table, all or none, without an event.

        Raises ``ConstraintViolated`` when a condition fails.
        """
        patience = self._new_patience()
        await self._run(self._core.write(items, patience), patience)

    async def get(self, pk: str, sk: int) -> Item | None:
        """Return an item beside the log, read strongly."""
        patience = self._new_patience()
        return await self._run(self._core.get(pk, sk, patience), patience)

    async def query(
        self,
        pk: str,
        *,
        first: int | None = None,
        last: int | None = None,
        descending: bool = False,
        limit: int | None = None,
    ) -> list[Item]:
        """Return the items under a key with ``first`` ≤ sk ≤ ``last``, read strongly."""
        patience = self._new_patience()
        steps = self._core.query(pk, first, last, limit, patience, descending=descending)
        return await self._run(steps, patience)

    async def put_snapshot(self, snapshot: Snapshot) -> None:
        """Keep a state, unless a newer one of the same schema is kept already."""
        patience = self._new_patience()
        await self._run(self._core.put_snapshot(snapshot, patience), patience)

    async def snapshot(self, stream: str) -> Snapshot | None:
        """Return the newest snapshot of a stream, if there is one."""
        patience = self._new_patience()
        return await self._run(self._core.snapshot(stream, patience), patience)

    async def load(self, stream: str, schema: int | None = None) -> Loaded:
        """Return a stream's snapshot, the events behind it and its version, as of one moment.

        It is one query, 1 read unit while the stream is young; where the snapshot is behind
        what was moved out of the tip, one more. A snapshot of another ``schema`` counts as
        none. Raises ``GapInLog`` when a version is missing.
        """
        patience = self._new_patience()
        return await self._run(self._core.load(stream, schema, patience), patience)

    async def load_tips(self, streams: Sequence[str]) -> list[Loaded | None]:
        """Return streams as ``load`` does, a hundred by one read; None for one of which there is
        more than its tip: load that one.
        """
        patience = self._new_patience()
        return await self._run(self._core.load_tips(streams, patience), patience)

    async def read_stream(self, stream: str, after_version: int = 0) -> list[StoredEvent]:
        """Return a stream's events behind a version, oldest first; -1: from the first on.

        Raises ``GapInLog`` when a version is missing.
        """
        patience = self._new_patience()
        return await self._run(self._core.read_stream(stream, after_version, patience), patience)

    async def read_log(
        self,
        after: int,
        limit: int,
        topics: Collection[str] | None = None,
        upto: int | None = None,
    ) -> list[StoredEvent]:
        """Return events behind a position in order, at most ``limit``, of any or some topics.

        It never passes over a missing position but ends before it, with no events at last:
        then ``head`` tells that there should be some. Asked for some topics, it raises
        ``GapInLog`` there, once ``head`` was asked for. A topic that is rare costs a walk over
        what lies between, as far as ``upto``. With several lanes a hole is ``LogUnavailable``.
        """
        patience = self._new_patience()
        steps = self._core.read_log(after, limit, topics, upto, patience)
        events, reached = await self._run(steps, patience)
        if self.lanes > 1 and len(events) < limit and (upto is None or reached < upto):
            await self._take_in(patience)
            steps = self._core.read_log(reached, limit - len(events), topics, upto, patience)
            events += (await self._run(steps, patience)).events
        return events

    async def head(self) -> int:
        """Return the newest position; 0 when nothing was appended yet."""
        return (await self.checkpoint()).position

    async def checkpoint(self) -> Checkpoint:
        """Return the newest position and its hash; kept elsewhere, it proves the log later."""
        patience = self._new_patience()
        if self.lanes > 1:
            return await self._take_in(patience)
        return await self._run(self._core.checkpoint(patience), patience)

    async def _take_in(self, patience: Patience) -> Checkpoint:
        """Put in order what was committed so far."""
        asked = self._core.rounds
        async with _held(self._taking_in, patience, "too many are reading on"):
            return await self._run(self._core.take_in(asked, patience), patience)

    async def newest(self) -> int | tuple[int, ...]:
        """Return how far every lane is, by its number, in order or not yet; a log of one lane: how
        far that is.
        """
        if self.lanes == 1:
            return await self.head()
        patience = self._new_patience()
        return await self._run(self._core.ends(patience), patience)

    async def position_at(self, places: Sequence[int]) -> int:
        """Return the first position at which all up to some places, by lane, has happened.

        The newest one where that is still to come.
        """
        patience = self._new_patience()
        found = await self._run(self._core.position_at(tuple(places), patience), patience)
        if found is None:
            head = (await self.checkpoint()).position
            found = await self._run(self._core.position_at(tuple(places), patience), patience)
        return head if found is None else found

    async def entry_items(self, after: int, *, lane: int = 0) -> list[Item]:
        """Return some entries that begin behind a position of a lane, as they are stored; none
        are left when there are none.
        """
        patience = self._new_patience()
        return await self._run(self._core.entry_items(after, lane, patience), patience)

    async def scan_page(self, segment: int, segments: int, start: Item | None) -> ScannedPage:
        """Return some of what the table holds of streams, in one of so many segments of it.

        All of the table is read for it: for looking after it, not for requests.
        """
        patience = self._new_patience()
        steps = self._core.scan_page(segment, segments, start, patience)
        return await self._run(steps, patience)

    async def answer(self, principal: str, key: str, now_us: int) -> IdempotencyRecord | None:
        """Return the answer stored for a key, unless it has expired."""
        patience = self._new_patience()
        return await self._run(self._core.answer(principal, key, now_us, patience), patience)

    def on_commit(self, hook: Hook) -> Callable[[], None]:
        """Call ``hook`` after each append made through this object; return what ends that.

        What other processes append is not heard of: followers look for it themselves.
        """
        return self._core.hooks.add(hook)

    async def close(self) -> None:
        """Wait for appends under way. The client is the caller's."""
        await asyncio.gather(*self._under_way, return_exceptions=True)

    def _new_patience(self) -> Patience:
        return Patience(self._patience)

    async def _run(self, steps: Steps[T], patience: Patience) -> T:
        return await drive(steps, lambda step: ask(self._client, step, patience))


@asynccontextmanager
async def _held(turn: asyncio.Lock, patience: Patience, too_many: str) -> AsyncIterator[None]:
    """Hold a lane: those who write to it at once would only take each other's places."""
    try:
        async with asyncio.timeout(patience.remaining()):
            await turn.acquire()
    except TimeoutError as error:
        raise LogUnavailable(too_many) from error
    try:
        yield
    finally:
        turn.release()
