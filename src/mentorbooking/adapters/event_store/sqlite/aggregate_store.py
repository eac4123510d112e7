"""The AggregateStore on the SQLite log: load from memory or by replay, append, remember."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from itertools import takewhile
from typing import Any, TypeVar

from mentorbooking.adapters.event_store.hot_states import HotStates
from mentorbooking.adapters.event_store.refusals import NOT_APPENDED, told_as
from mentorbooking.adapters.event_store.requesting import append_of
from mentorbooking.adapters.event_store.sqlite.secrets_alongside import statements_of
from mentorbooking.adapters.event_store.states import existing, replayed, snapshot_of, state_in
from mentorbooking.adapters.instants import microseconds
from mentorbooking.adapters.persistence.requests import Append, StreamConflict
from mentorbooking.adapters.persistence.sqlite_log.log import SQLiteLog
from mentorbooking.application.context import current_context
from mentorbooking.application.ports.aggregate_store import AggregateStore, Alongside
from mentorbooking.application.ports.clock import Clock
from mentorbooking.application.ports.ids import Ids
from mentorbooking.application.ports.unavailable import StoreUnavailable
from mentorbooking.domain.kernel.aggregate import AggregateRoot, Decision

A = TypeVar("A", bound=AggregateRoot)

SNAPSHOT_EVERY = 100
REPLAY_AT_MOST = 16
"""Events. Who had to replay more keeps what came of it, since it will be asked for again: where
more calendars are in use than fit in memory, each booking replays some.
"""
HOT_EXTENT = 80_000
"""Some 35 MB: a slot, with its times and its booking's id, takes about 450 bytes."""
LOOK_EVERY_SECONDS = 0.02

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
        replay_at_most: int | None = REPLAY_AT_MOST,
        look_every: float = LOOK_EVERY_SECONDS,
    ) -> None:
        """Keep states up to the extent ``hot`` in memory, a snapshot of every so many versions,
        and one of each state for which more than ``replay_at_most`` events had to be read (None:
        of no such state).

        ``look_every`` is how old, in seconds, what is known of other processes may be.
        """
        self._log = log
        self._clock = clock
        self._ids = ids
        self._hot = HotStates(hot)
        self._snapshot_every = snapshot_every
        self._replay_at_most = replay_at_most
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
        return existing(await self.find(kind, aggregate_id))

    async def find(self, kind: type[A], aggregate_id: str) -> A:
        stream = kind.stream_of(aggregate_id)
        self._notice_others()
        state = self._hot.get(stream)
        if state is None:
            state = self._replay(kind, aggregate_id, stream)
            if state.exists:
                self._hot.put(stream, state)
        return state if isinstance(state, kind) else kind(id=aggregate_id)

    async def find_all(self, kind: type[A], aggregate_ids: Sequence[str]) -> Sequence[A]:
        return [await self.find(kind, each) for each in aggregate_ids]

    def _notice_others(self) -> None:
        """Forget what is in memory when another process has written to the log.

        Looked up every few milliseconds at most: who decides on an older state than the log's
        is refused by the version check, and decides again.
        """
        now = time.monotonic()
        if now < self._next_look:
            return
        self._next_look = now + self._look_every
        if self._log.changed_elsewhere():
            self._hot.clear()
            self._taken_in = self._log.head()

    def _replay(self, kind: type[A], aggregate_id: str, stream: str) -> A:
        base = state_in(self._log.snapshot(stream), kind) or kind(id=aggregate_id)
        behind = self._log.replay(stream, base.version)
        state = replayed(base, takewhile(lambda event: event.position <= self._taken_in, behind))
        most = self._replay_at_most
        if most is not None and state.version - base.version > most:
            self._keep(state)
        return state

    async def save(
        self,
        *decisions: Decision[Any],
        answer: object = None,
        alongside: Sequence[Alongside] = (),
    ) -> int:
        context = current_context()
        now = microseconds(self._clock.now())
        request = append_of(
            decisions,
            context,
            commit_id=self._ids.new("commit"),
            now_us=now,
            answer=answer,
            statements=statements_of(alongside, now),
        )
        try:
            appended = await self._log.append(request)
        except asyncio.CancelledError:
            await asyncio.shield(self._forget_once_settled(decisions))
            raise
        except StoreUnavailable:
            self._hot.clear()  # it is doubtful now
            raise
        except NOT_APPENDED as error:
            if isinstance(error, StreamConflict):
                self._hot.drop(error.stream)
                self._next_look = 0.0
            raise told_as(error) from error
        if appended.last >= self._taken_in:
            self._remember(decisions)
            self._taken_in = appended.last
        else:  # what others wrote behind it was taken in first, and may be of the same streams
            self._forget(decisions)
        self.acknowledged = max(self.acknowledged, appended.last)
        context.position = appended.last
        return appended.last

    async def _forget_once_settled(self, decisions: Sequence[Decision[Any]]) -> None:
        """Drop what a cancelled append may have made old, once it is written or refused.

        Not before: who loaded the state meanwhile would keep one that is about to be old.
        """
        with suppress(StoreUnavailable):
            settled = await self._log.append(_BEHIND_ALL)  # in the writer's queue
            self._taken_in = max(self._taken_in, settled.last)
        self._forget(decisions)

    def _forget(self, decisions: Sequence[Decision[Any]]) -> None:
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
                self._keep(state)

    def _keep(self, state: AggregateRoot) -> None:
        kept = snapshot_of(state)
        self._log.put_snapshot(kept.stream, kept.version, kept.schema, kept.state)
