"""What the log does, as steps: the same for an event loop and for threads."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Sequence
from hashlib import sha256

from mentorbooking.adapters.persistence.chain import Checkpoint
from mentorbooking.adapters.persistence.dynamodb import streams
from mentorbooking.adapters.persistence.dynamodb.answers import find_answer
from mentorbooking.adapters.persistence.dynamodb.appending import Appending, Surroundings
from mentorbooking.adapters.persistence.dynamodb.items import META_KEY, Item, TransactItem, key
from mentorbooking.adapters.persistence.dynamodb.lanes import Commit, Lane, newest
from mentorbooking.adapters.persistence.dynamodb.merging import Merged, read_lanes
from mentorbooking.adapters.persistence.dynamodb.ordering import OrderedAppend
from mentorbooking.adapters.persistence.dynamodb.patience import Patience
from mentorbooking.adapters.persistence.dynamodb.reading import commit_items, read_log
from mentorbooking.adapters.persistence.dynamodb.scanning import ScannedPage, scan_page
from mentorbooking.adapters.persistence.dynamodb.single_items import get_item, query_items
from mentorbooking.adapters.persistence.dynamodb.steps import Steps
from mentorbooking.adapters.persistence.dynamodb.terms import Landed, Loaded
from mentorbooking.adapters.persistence.dynamodb.tips import KnownTips
from mentorbooking.adapters.persistence.dynamodb.writing import write
from mentorbooking.adapters.persistence.hooks import Hooks
from mentorbooking.adapters.persistence.requests import (
    Committed,
    IdempotencyRecord,
    LogUnavailable,
    Snapshot,
    StoredEvent,
)

_KNOWN_TIPS = 2048


def new_token() -> str:
    """Return a ClientRequestToken: 32 characters that were never returned."""
    return secrets.token_hex(16)


class LogCore:
    """What is known of a table, and what can be asked of it."""

    def __init__(self, table: str, lanes: int, token: Callable[[], str]) -> None:
        if lanes < 1:
            raise ValueError("a log has a lane at least")
        self.table = table
        self.lanes = tuple(Lane(table, number) for number in range(lanes))
        self.hooks = Hooks()
        self._tips = KnownTips(_KNOWN_TIPS)
        self._token = token
        self._meta: Item | None = None

    def lane_of(self, ordered: OrderedAppend) -> Lane:
        """Return the lane of an append: its first stream's. A storage format once several."""
        if len(self.lanes) == 1 or not ordered.parts:
            return self.lanes[0]
        digest = sha256(next(iter(ordered.parts)).encode()).digest()
        return self.lanes[int.from_bytes(digest[:8]) % len(self.lanes)]

    def append(self, ordered: OrderedAppend, patience: Patience) -> Steps[Landed]:
        around = Surroundings(self.table, self.lane_of(ordered), self._tips, self._token)
        appending = Appending(around, ordered, patience)
        landed = yield from appending.steps()
        if appending.commit is not None and self.hooks:
            self._tell(appending.commit)
        return landed

    def _tell(self, commit: Commit) -> None:
        self.hooks.call(Committed(commit.end.position, commit.stored_events()))

    def read_stream(
        self, stream: str, after_version: int, patience: Patience
    ) -> Steps[list[StoredEvent]]:
        return streams.read_stream(self.table, self._tips, stream, after_version, patience)

    def load(self, stream: str, schema: int | None, patience: Patience) -> Steps[Loaded]:
        return streams.load(self.table, self._tips, stream, schema, patience)

    def load_tips(self, names: Sequence[str], patience: Patience) -> Steps[list[Loaded | None]]:
        return streams.load_tips(self.table, self._tips, names, patience)

    def put_snapshot(self, snapshot: Snapshot, patience: Patience) -> Steps[None]:
        return streams.put_snapshot(self.table, snapshot, patience)

    def snapshot(self, stream: str, patience: Patience) -> Steps[Snapshot | None]:
        return streams.read_snapshot(self.table, stream, patience)

    def read_log(
        self,
        after: int,
        limit: int,
        topics: Collection[str] | None,
        upto: int | None,
        lane: int,
        patience: Patience,
    ) -> Steps[list[StoredEvent]]:
        return read_log(self.lanes[lane], patience, after, limit, topics, upto)

    def read_lanes(self, after: Sequence[int], at_most: int, patience: Patience) -> Steps[Merged]:
        return read_lanes(self.lanes, patience, after, at_most)

    def checkpoint(self, lane: int, patience: Patience) -> Steps[Checkpoint]:
        return newest(self.lanes[lane], patience)

    def commit_items(self, after: int, lane: int, patience: Patience) -> Steps[list[Item]]:
        return commit_items(self.lanes[lane], after, patience)

    def scan_page(
        self, segment: int, segments: int, start: Item | None, patience: Patience
    ) -> Steps[ScannedPage]:
        return scan_page(self.table, segment, segments, start, patience)

    def answer(
        self, principal: str, idempotency_key: str, now_us: int, patience: Patience
    ) -> Steps[IdempotencyRecord | None]:
        return find_answer(self.table, principal, idempotency_key, now_us, patience)

    def write(self, items: Sequence[TransactItem], patience: Patience) -> Steps[None]:
        return write(self.table, items, self._token(), patience)

    def get(self, pk: str, sk: int, patience: Patience) -> Steps[Item | None]:
        return get_item(self.table, key(pk, sk), patience)

    def query(
        self,
        pk: str,
        first: int | None,
        last: int | None,
        limit: int | None,
        patience: Patience,
        *,
        descending: bool,
    ) -> Steps[list[Item]]:
        return query_items(
            self.table, pk, patience, first=first, last=last, descending=descending, limit=limit
        )

    def meta(self, name: str, patience: Patience) -> Steps[bytes | str]:
        if self._meta is None:
            self._meta = yield from get_item(self.table, META_KEY, patience)
        if self._meta is None:
            raise LogUnavailable(f"the table {self.table} was not made by this program")
        (value,) = self._meta[name].values()
        return bytes(value) if isinstance(value, bytes) else str(value)
