"""The AggregateStore on the SQLite log: load from memory or by replay, append, remember."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any, TypeVar

import msgspec

from mentorbooking.adapters.event_store.codec import decode_event, encode_event, encode_metadata
from mentorbooking.adapters.event_store.hot_states import HotStates
from mentorbooking.adapters.event_store.secrets_alongside import statements_of
from mentorbooking.adapters.event_store.unavailable import as_store_unavailable
from mentorbooking.adapters.instants import microseconds
from mentorbooking.adapters.persistence.requests import (
    Append,
    ConstraintViolated,
    IdempotencyKeyTaken,
    IdempotencyRecord,
    LogUnavailable,
    NewEvent,
    StreamAppend,
    StreamConflict,
)
from mentorbooking.adapters.persistence.sqlite.log import SQLiteLog
from mentorbooking.application.context import CommandContext, Metadata, current_context
from mentorbooking.application.ports.aggregate_store import (
    AggregateStore,
    Alongside,
    ConcurrentChange,
    CredentialsInUse,
    IdempotencyKeyUsed,
    StoreUnavailable,
)
from mentorbooking.application.ports.clock import Clock
from mentorbooking.application.ports.ids import Ids
from mentorbooking.domain.kernel.aggregate import AggregateRoot, Decision
from mentorbooking.domain.kernel.errors import NotFound

A = TypeVar("A", bound=AggregateRoot)

SNAPSHOT_EVERY = 100
HOT_EXTENT = 50_000
"""Some 20 MB: a slot, with its times and its booking's id, takes about 450 bytes."""
LOOK_EVERY_SECONDS = 0.02
IDEMPOTENCY_LIFETIME = timedelta(hours=24)

_BEHIND_ALL = Append(commit_id="", time_us=0, metadata=b"", streams=())


class SQLiteAggregateStore(AggregateStore):
    """``acknowledged`` is the newest position that this process has told anybody of.

    All states that are found at one moment are of one moment: what the log holds beyond the
    position that the states in memory stand at is not looked at yet. Otherwise a command that
    is refused, and so has no version to check, could have seen half of another one.
    """

    def __init__(
        self,
        log: SQLiteLog,
        clock: Clock,
        ids: Ids,
        *,
        hot: int = HOT_EXTENT,
        snapshot_every: int = SNAPSHOT_EVERY,
        look_every: float = LOOK_EVERY_SECONDS,
    ) -> None:
        """Keep states up to the extent ``hot`` in memory, a snapshot of every so many versions.

        ``look_every`` is how old, in seconds, what is known of other processes may be.
        """
        self._log = log
        self._clock = clock
        self._ids = ids
        self._hot = HotStates(hot)
        self._snapshot_every = snapshot_every
        self._look_every = look_every
        self._next_look = 0.0
        self.acknowledged = self._taken_in = log.head()

    def take_in_all(self) -> int:
        """Look at the log anew, where another store of this process wrote to it too.

        Returns the newest position, which counts as acknowledged from now on.
        """
        self._hot.clear()
        self.acknowledged = self._taken_in = self._log.head()
        return self.acknowledged

    async def get(self, kind: type[A], aggregate_id: str) -> A:
        found = await self.find(kind, aggregate_id)
        if not found.exists:
            raise NotFound(f"There is no such {kind.TOPIC.replace('_', ' ')}.")
        return found

    async def find(self, kind: type[A], aggregate_id: str) -> A:
        stream = kind.stream_of(aggregate_id)
        self._notice_others()
        state = self._hot.get(stream)
        if state is None:
            with as_store_unavailable():
                state = self._replay(kind, aggregate_id, stream)
            if state.exists:
                self._hot.put(stream, state)
        return state if isinstance(state, kind) else kind(id=aggregate_id)

    def _notice_others(self) -> None:
        """Forget what is in memory when another process has written to the log.

        Looked up every few milliseconds at most: who decides on an older state than the log's
        is refused by the version check, and decides again.
        """
        now = time.monotonic()
        if now < self._next_look:
            return
        self._next_look = now + self._look_every
        with as_store_unavailable():
            if self._log.changed_elsewhere():
                self._hot.clear()
                self._taken_in = self._log.head()

    def _replay(self, kind: type[A], aggregate_id: str, stream: str) -> A:
        state = self._snapshot(kind, stream) or kind(id=aggregate_id)
        for stored in self._log.read_stream(stream, state.version):
            if stored.position > self._taken_in:
                break
            state.evolve(decode_event(stored.topic, stored.state))
            state.version += 1
        return state

    def _snapshot(self, kind: type[A], stream: str) -> A | None:
        found = self._log.snapshot(stream)
        if found is None or found.schema != kind.SNAPSHOT_SCHEMA:
            return None
        return msgspec.json.decode(found.state, type=kind)

    async def save(
        self,
        *decisions: Decision[Any],
        answer: object = None,
        alongside: Sequence[Alongside] = (),
    ) -> int:
        context = current_context()
        now = microseconds(self._clock.now())
        request = Append(
            commit_id=self._ids.new("commit"),
            time_us=now,
            metadata=encode_metadata(
                Metadata(
                    actor=context.actor,
                    channel=context.channel,
                    correlation_id=context.correlation_id,
                    causation_id=context.causation_id,
                    idempotency_key=context.idempotent.key if context.idempotent else None,
                )
            ),
            streams=tuple(
                StreamAppend(
                    decision.stream,
                    decision.expected_version,
                    tuple(NewEvent(event.TOPIC, encode_event(event)) for event in decision.events),
                )
                for decision in decisions
            ),
            idempotency=_idempotency_record(context, answer, now),
            statements=statements_of(alongside, now),
        )
        try:
            appended = await self._log.append(request)
        except asyncio.CancelledError:
            await asyncio.shield(self._forget_once_settled(decisions))
            raise
        except StreamConflict as conflict:
            self._hot.drop(conflict.stream)
            self._next_look = 0.0
            raise ConcurrentChange(conflict.stream) from conflict
        except IdempotencyKeyTaken as taken:
            raise IdempotencyKeyUsed from taken
        except ConstraintViolated as violated:
            raise CredentialsInUse("An account with this e-mail address exists.") from violated
        except LogUnavailable as unavailable:
            self._hot.clear()
            raise StoreUnavailable(str(unavailable)) from unavailable
        self._remember(decisions)
        self._taken_in = max(self._taken_in, appended.last)
        self.acknowledged = max(self.acknowledged, appended.last)
        context.position = appended.last
        return appended.last

    async def _forget_once_settled(self, decisions: Sequence[Decision[Any]]) -> None:
        """Drop what a cancelled append may have made old, once it is written or refused.

        Not before: who loaded the state meanwhile would keep one that is about to be old.
        """
        with suppress(LogUnavailable):
            settled = await self._log.append(_BEHIND_ALL)  # in the writer's queue
            self._taken_in = max(self._taken_in, settled.last)
        for decision in decisions:
            self._hot.drop(decision.stream)

    def _remember(self, decisions: Sequence[Decision[Any]]) -> None:
        for decision in decisions:
            if not decision.events:
                continue
            state = decision.outcome()
            self._hot.put(decision.stream, state)
            every = self._snapshot_every
            if state.version // every > decision.expected_version // every:
                self._log.put_snapshot(
                    decision.stream,
                    state.version,
                    state.SNAPSHOT_SCHEMA,
                    msgspec.json.encode(state),
                )


def _idempotency_record(
    context: CommandContext, answer: object, now: int
) -> IdempotencyRecord | None:
    idempotent = context.idempotent
    if idempotent is None:
        return None
    stored = idempotent.render(answer)
    return IdempotencyRecord(
        principal=idempotent.principal,
        key=idempotent.key,
        request_hash=idempotent.request_hash,
        status=stored.status,
        location=stored.location,
        body=stored.body,
        expires_at_us=now + IDEMPOTENCY_LIFETIME // timedelta(microseconds=1),
    )
