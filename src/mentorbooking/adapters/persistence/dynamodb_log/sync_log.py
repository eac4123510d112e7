"""The event log on DynamoDB for threads that may block: recorders, scripts, verification.

``DynamoDBLogSync`` has the methods of ``DynamoDBLog`` by the same names, on a boto3 client. Any
number of threads may share one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, TypeVar

from mentorbooking.adapters.persistence.chain import Checkpoint
from mentorbooking.adapters.persistence.dynamodb_log.appending.ordering import OrderedAppend
from mentorbooking.adapters.persistence.dynamodb_log.asking.clients import ask_sync
from mentorbooking.adapters.persistence.dynamodb_log.asking.patience import Patience
from mentorbooking.adapters.persistence.dynamodb_log.asking.steps import Steps, drive_sync
from mentorbooking.adapters.persistence.dynamodb_log.core import LogCore, new_token
from mentorbooking.adapters.persistence.dynamodb_log.items import Item, TransactItem
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
    from mypy_boto3_dynamodb import DynamoDBClient

T = TypeVar("T")


class DynamoDBLogSync:
    """See ``DynamoDBLog``."""

    def __init__(
        self,
        client: DynamoDBClient,
        table: str,
        *,
        lanes: int = 1,
        patience: float = 4.0,
        token: Callable[[], str] = new_token,
    ) -> None:
        self._client = client
        self._core = LogCore(table, lanes, token)
        self._turns = {lane.number: Lock() for lane in self._core.lanes}
        self._taking_in = Lock()
        self._patience = patience

    @property
    def table(self) -> str:
        return self._core.table

    @property
    def lanes(self) -> int:
        return len(self._core.lanes)

    def meta(self, name: str) -> bytes | str:
        return self._run(self._core.meta(name, self._new_patience()))

    def append(self, request: Append, alongside: Sequence[TransactItem] = ()) -> Landed:
        ordered = OrderedAppend(request, alongside)
        patience = self._new_patience()
        lane = self._core.lane_of(ordered)
        with _held(self._turns[lane.number], patience, "too many appends are waiting"):
            return self._run(self._core.append(ordered, patience))

    def write(self, *items: TransactItem) -> None:
        self._run(self._core.write(items, self._new_patience()))

    def get(self, pk: str, sk: int) -> Item | None:
        return self._run(self._core.get(pk, sk, self._new_patience()))

    def query(
        self,
        pk: str,
        *,
        first: int | None = None,
        last: int | None = None,
        descending: bool = False,
        limit: int | None = None,
    ) -> list[Item]:
        patience = self._new_patience()
        return self._run(self._core.query(pk, first, last, limit, patience, descending=descending))

    def put_snapshot(self, snapshot: Snapshot) -> None:
        self._run(self._core.put_snapshot(snapshot, self._new_patience()))

    def snapshot(self, stream: str) -> Snapshot | None:
        return self._run(self._core.snapshot(stream, self._new_patience()))

    def load(self, stream: str, schema: int | None = None) -> Loaded:
        return self._run(self._core.load(stream, schema, self._new_patience()))

    def read_stream(self, stream: str, after_version: int = 0) -> list[StoredEvent]:
        return self._run(self._core.read_stream(stream, after_version, self._new_patience()))

    def read_log(
        self,
        after: int,
        limit: int,
        topics: Collection[str] | None = None,
        upto: int | None = None,
    ) -> list[StoredEvent]:
        patience = self._new_patience()
        steps = self._core.read_log(after, limit, topics, upto, patience)
        events, reached = self._run(steps)
        if self.lanes > 1 and len(events) < limit and (upto is None or reached < upto):
            self._take_in(patience)
            steps = self._core.read_log(reached, limit - len(events), topics, upto, patience)
            events += self._run(steps).events
        return events

    def head(self) -> int:
        return self.checkpoint().position

    def checkpoint(self) -> Checkpoint:
        patience = self._new_patience()
        if self.lanes > 1:
            return self._take_in(patience)
        return self._run(self._core.checkpoint(patience))

    def _take_in(self, patience: Patience) -> Checkpoint:
        asked = self._core.rounds
        with _held(self._taking_in, patience, "too many are reading on"):
            return self._run(self._core.take_in(asked, patience))

    def position_at(self, places: Sequence[int]) -> int:
        patience = self._new_patience()
        found = self._run(self._core.position_at(tuple(places), patience))
        if found is None:
            head = self.checkpoint().position
            found = self._run(self._core.position_at(tuple(places), patience))
        return head if found is None else found

    def entry_items(self, after: int, *, lane: int = 0) -> list[Item]:
        return self._run(self._core.entry_items(after, lane, self._new_patience()))

    def answer(self, principal: str, key: str, now_us: int) -> IdempotencyRecord | None:
        return self._run(self._core.answer(principal, key, now_us, self._new_patience()))

    def on_commit(self, hook: Hook) -> Callable[[], None]:
        return self._core.hooks.add(hook)

    def close(self) -> None:
        """Wait for appends under way. The client is the caller's."""
        for turn in self._turns.values():
            with turn:
                pass

    def _new_patience(self) -> Patience:
        return Patience(self._patience)

    def _run(self, steps: Steps[T]) -> T:
        return drive_sync(steps, lambda step: ask_sync(self._client, step))


@contextmanager
def _held(turn: Lock, patience: Patience, too_many: str) -> Iterator[None]:
    """Hold a lane: threads that write to it at once would only take each other's places."""
    if not turn.acquire(timeout=patience.remaining()):
        raise LogUnavailable(too_many)
    try:
        yield
    finally:
        turn.release()
