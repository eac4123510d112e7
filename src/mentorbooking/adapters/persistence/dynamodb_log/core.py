"""What the log does, as steps: the same for an event loop and for threads."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Sequence
from hashlib import sha256

from mentorbooking.adapters.persistence.chain import Checkpoint
from mentorbooking.adapters.persistence.dynamodb_log.answers import find_answer
from mentorbooking.adapters.persistence.dynamodb_log.appending.appending import (
    Appending,
    Surroundings,
)
from mentorbooking.adapters.persistence.dynamodb_log.appending.ordering import OrderedAppend
from mentorbooking.adapters.persistence.dynamodb_log.appending.writing import write
from mentorbooking.adapters.persistence.dynamodb_log.asking.patience import Patience
from mentorbooking.adapters.persistence.dynamodb_log.asking.scanning import ScannedPage, scan_page
from mentorbooking.adapters.persistence.dynamodb_log.asking.single_items import (
    get_item,
    query_items,
)
from mentorbooking.adapters.persistence.dynamodb_log.asking.steps import Steps
from mentorbooking.adapters.persistence.dynamodb_log.items import Item, TransactItem, key
from mentorbooking.adapters.persistence.dynamodb_log.lanes import places
from mentorbooking.adapters.persistence.dynamodb_log.lanes.lane import Commit, Lane, newest
from mentorbooking.adapters.persistence.dynamodb_log.lanes.line import Line
from mentorbooking.adapters.persistence.dynamodb_log.lanes.reading import (
    ReadLog,
    entry_items,
    read_log,
)
from mentorbooking.adapters.persistence.dynamodb_log.lanes.taking_in import take_in
from mentorbooking.adapters.persistence.dynamodb_log.notes import read_note
from mentorbooking.adapters.persistence.dynamodb_log.streams import reading as streams
from mentorbooking.adapters.persistence.dynamodb_log.streams.tips import KnownTips
from mentorbooking.adapters.persistence.dynamodb_log.terms import Landed, Loaded
from mentorbooking.adapters.persistence.hooks import Hooks
from mentorbooking.adapters.persistence.requests import (
    Committed,
    IdempotencyRecord,
    Snapshot,
    StoredEvent,
)

_KNOWN_TIPS = 2048

_SOMETHING = Committed(0, ())


def new_token() -> str:
    """Return a ClientRequestToken: 32 characters that were never returned."""
    return secrets.token_hex(16)


class LogCore:
    """What is known of a table, and what can be asked of it."""

    def __init__(self, table: str, lanes: int, token: Callable[[], str]) -> None:
        if lanes < 1:
            raise ValueError("a log has a lane at least")
        self.table = table
        self.line = Line(table, lanes)
        self.lanes = tuple(self.line.others.values()) or (self.line.lane,)
        self.hooks = Hooks()
        self._tips = KnownTips(_KNOWN_TIPS)
        self._token = token
        self.note: Item | None = None
        self.rounds = self._whole_round = 0

    def lane_of(self, ordered: OrderedAppend) -> Lane:
        """Return the lane of an append: its first stream's, so that who meet there queue there."""
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
        one_lane = len(self.lanes) == 1
        self.hooks.call(
            Committed(commit.end.position, commit.stored_events()) if one_lane else _SOMETHING
        )

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
        patience: Patience,
    ) -> Steps[ReadLog]:
        return read_log(self.line, patience, after, limit, topics, upto)

    def take_in(self, asked: int, patience: Patience) -> Steps[Checkpoint]:
        """Put in order what was committed when ``rounds`` was ``asked``, one round after another.

        Who had to wait for a round that began later needs none of their own.
        """
        if self._whole_round > asked and self.line.tail is not None:
            return self.line.tail.end
        self.rounds = this = self.rounds + 1
        end = yield from take_in(self.line, patience)
        self._whole_round = this
        return end

    def ends(self, patience: Patience) -> Steps[tuple[int, ...]]:
        return places.ends(self.line, patience)

    def position_at(self, asked: tuple[int, ...], patience: Patience) -> Steps[int | None]:
        return places.position_at(self.line, asked, patience)

    def checkpoint(self, patience: Patience) -> Steps[Checkpoint]:
        return newest(self.line.lane, patience)

    def entry_items(self, after: int, lane: int, patience: Patience) -> Steps[list[Item]]:
        return entry_items(self.line.other(lane) if lane else self.line.lane, after, patience)

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
        if self.note is None:
            self.note = yield from read_note(self.table, patience)
        (value,) = self.note[name].values()
        return bytes(value) if isinstance(value, bytes) else str(value)
