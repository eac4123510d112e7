"""The event log on DynamoDB for threads that may block: recorders, scripts, verification.

``DynamoLogSync`` has the methods of ``DynamoLog`` by the same names, on a boto3 client. Any
number of threads may share one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, TypeVar

from mentorbooking.adapters.persistence.chain import Checkpoint
from mentorbooking.adapters.persistence.dynamodb.clients import ask_sync
from mentorbooking.adapters.persistence.dynamodb.core import LogCore, new_token
from mentorbooking.adapters.persistence.dynamodb.items import Item, TransactItem
from mentorbooking.adapters.persistence.dynamodb.merging import Merged
from mentorbooking.adapters.persistence.dynamodb.ordering import OrderedAppend
from mentorbooking.adapters.persistence.dynamodb.patience import Patience
from mentorbooking.adapters.persistence.dynamodb.steps import Steps, drive_sync
from mentorbooking.adapters.persistence.dynamodb.terms import Landed, Loaded
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


class DynamoLogSync:
    """See ``DynamoLog``."""

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
        self._turns = tuple(Lock() for _ in range(lanes))
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
        with self._turn(lane.number, patience):
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
        *,
        lane: int = 0,
    ) -> list[StoredEvent]:
        patience = self._new_patience()
        return self._run(self._core.read_log(after, limit, topics, upto, lane, patience))

    def read_lanes(self, after: Sequence[int], at_most: int = 100) -> Merged:
        return self._run(self._core.read_lanes(after, at_most, self._new_patience()))

    def head(self, *, lane: int = 0) -> int:
        return self.checkpoint(lane=lane).position

    def checkpoint(self, *, lane: int = 0) -> Checkpoint:
        return self._run(self._core.checkpoint(lane, self._new_patience()))

    def commit_items(self, after: int, *, lane: int = 0) -> list[Item]:
        return self._run(self._core.commit_items(after, lane, self._new_patience()))

    def answer(self, principal: str, key: str, now_us: int) -> IdempotencyRecord | None:
        return self._run(self._core.answer(principal, key, now_us, self._new_patience()))

    def on_commit(self, hook: Hook) -> Callable[[], None]:
        return self._core.hooks.add(hook)

    def close(self) -> None:
        """Wait for appends under way. The client is the caller's."""
        for turn in self._turns:
            with turn:
                pass

    def _new_patience(self) -> Patience:
        return Patience(self._patience)

    def _run(self, steps: Steps[T]) -> T:
        return drive_sync(steps, lambda step: ask_sync(self._client, step))

    @contextmanager
    def _turn(self, lane: int, patience: Patience) -> Iterator[None]:
        """Hold the lane: threads that append at once would only take each other's places."""
        if not self._turns[lane].acquire(timeout=patience.remaining()):
            raise LogUnavailable("too many appends are waiting")
        try:
            yield
        finally:
            self._turns[lane].release()
