"""The AggregateStore on DynamoDB: load what is new, append, remember."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any, TypeVar

from mentorbooking.adapters.event_store.dynamodb.one_moment import Reads, looking_again, note_read
from mentorbooking.adapters.event_store.dynamodb.secret_items import SK, account_pk
from mentorbooking.adapters.event_store.dynamodb.secrets_alongside import Beside, items_of
from mentorbooking.adapters.event_store.dynamodb.snapshot_plan import SnapshotPlan
from mentorbooking.adapters.event_store.hot_states import HotStates
from mentorbooking.adapters.event_store.refusals import NOT_APPENDED, told_as
from mentorbooking.adapters.event_store.requesting import append_of
from mentorbooking.adapters.event_store.states import (
    existing,
    replayed,
    snapshot_of,
    state_in,
)
from mentorbooking.adapters.instants import microseconds
from mentorbooking.adapters.persistence.dynamodb_log.items import TIP, stream_pk
from mentorbooking.adapters.persistence.dynamodb_log.log import DynamoDBLog
from mentorbooking.adapters.persistence.dynamodb_log.streams.tips import version_in
from mentorbooking.adapters.persistence.dynamodb_log.terms import AlongsideRefused, Landed, Loaded
from mentorbooking.application.context import current_context
from mentorbooking.application.ports.aggregate_store import (
    AggregateStore,
    Alongside,
    ConcurrentChange,
)
from mentorbooking.application.ports.clock import Clock
from mentorbooking.application.ports.ids import Ids
from mentorbooking.application.ports.unavailable import StoreUnavailable
from mentorbooking.application.positions import LogPlace, joined, place_in
from mentorbooking.domain.kernel.aggregate import AggregateRoot, Decision

A = TypeVar("A", bound=AggregateRoot)
C = TypeVar("C")
R = TypeVar("R")

HOT_EXTENT = 50_000
"""Some 20 MB: a slot, with its times and its booking's id, takes about 450 bytes."""


class DynamoDBAggregateStore(AggregateStore):
    """Any number of processes may write, so nothing is believed for being in memory.

    Each state is looked up strongly when it is asked for and was current at that moment; what
    is in memory only saves reading and replaying what is older. The states of one command are
    read one after another, so they may be of different moments. An append holds only if none
    of the streams it names has moved since: what is recorded was decided as if in one moment.
    A refusal has no such check; see ``of_one_moment``.

    ``acknowledged`` is the place that covers all that this process has seen, and so can have
    told anybody of.
    """

    def __init__(self, log: DynamoDBLog, clock: Clock, ids: Ids, *, hot: int = HOT_EXTENT) -> None:
        """Keep states up to the extent ``hot`` in memory."""
        self._log = log
        self._clock = clock
        self._ids = ids
        self._hot = HotStates(hot)
        self._snapshots = SnapshotPlan()
        self._under_way: set[asyncio.Task[None]] = set()
        self.acknowledged: LogPlace = 0

    async def take_in_all(self) -> LogPlace:
        """Return the newest place, which counts as acknowledged from now on."""
        self._saw(await self._log.newest())
        return self.acknowledged

    async def get(self, kind: type[A], aggregate_id: str) -> A:
        return existing(await self.find(kind, aggregate_id))

    async def find(self, kind: type[A], aggregate_id: str) -> A:
        stream = kind.stream_of(aggregate_id)
        base = self._hot.get(stream)
        if base is None:
            state = await self._load(kind, aggregate_id, stream)
        elif isinstance(base, kind):
            state = await self._follow(base)
        else:
            return kind(id=aggregate_id)
        note_read(state)
        if state.exists:
            self._hot.put(stream, state)
        return state

    async def find_all(self, kind: type[A], aggregate_ids: Sequence[str]) -> Sequence[A]:
        """Look up states; those of which there is no more than a tip by a read for a hundred."""
        streams = [kind.stream_of(each) for each in aggregate_ids]
        tips = await self._log.load_tips(streams)
        return [
            await self.find(kind, each) if tip is None else self._of_tip(tip, kind(id=each))
            for each, tip in zip(aggregate_ids, tips, strict=True)
        ]

    def _of_tip(self, tip: Loaded, begun: A) -> A:
        state = replayed(begun, tip.events)
        note_read(state)
        if state.exists:
            self._saw(tip.events[-1].position)
            self._hot.put(state.stream, state)
        return state

    def of_one_moment(self, handle: Callable[[C], Awaitable[R]]) -> Callable[[C], Awaitable[R]]:
        """Let a command's handler refuse only what could be refused in one moment.

        Raises ``ConcurrentChange`` instead, for the command to be decided again. It costs a
        read unit for each stream, when the log has moved on since the command began.
        """
        return looking_again(handle, lambda: self.acknowledged, self._look_again)

    async def _look_again(self, reads: Reads) -> None:
        tips = await asyncio.gather(*(self._log.get(stream_pk(s), TIP) for s in reads))
        for (stream, version), tip in zip(reads.items(), tips, strict=True):
            if version_in(tip) != version:
                raise ConcurrentChange(stream)

    async def _load(self, kind: type[A], aggregate_id: str, stream: str) -> A:
        loaded = await self._log.load(stream, kind.SNAPSHOT_SCHEMA)
        base = state_in(loaded.snapshot, kind) or kind(id=aggregate_id)
        if base.exists:
            self._snapshots.note(stream, base.version)
        self._saw(place_in(loaded.lane, loaded.position))
        return replayed(base, loaded.events)

    async def _follow(self, base: A) -> A:
        behind = await self._log.read_stream(base.stream, base.version)
        if not behind:
            return base
        newest = behind[-1]
        self._saw(newest.position or place_in(newest.lane, newest.lane_position))
        return replayed(base, behind)

    def _saw(self, place: LogPlace) -> None:
        self.acknowledged = joined(self.acknowledged, place)

    async def save(
        self,
        *decisions: Decision[Any],
        answer: object = None,
        alongside: Sequence[Alongside] = (),
    ) -> LogPlace:
        context = current_context()
        now = microseconds(self._clock.now())
        request = append_of(
            decisions,
            context,
            commit_id=self._ids.new("commit"),
            now_us=now,
            answer=answer,
        )
        beside: list[Beside] = []
        try:
            beside = await self._beside(alongside, now)
            landed = await self._log.append(request, [each.item for each in beside])
        except NOT_APPENDED as error:
            if isinstance(error, AlongsideRefused) and not beside[error.index].claims:
                raise ConcurrentChange(beside[error.index].user_id) from error
            raise told_as(error) from error
        self._remember(decisions, landed)
        place = place_in(landed.lane, landed.last)
        self._saw(place)
        context.position = joined(context.position, place)
        return place

    async def _beside(self, alongside: Sequence[Alongside], now: int) -> list[Beside]:
        """Translate secrets, which needs to know what address an account has so far."""
        users = {each.user_id: account_pk(each.user_id) for each in alongside}
        items = await asyncio.gather(*(self._log.get(pk, SK) for pk in users.values()))
        return items_of(alongside, dict(zip(users, items, strict=True)), now)

    def _remember(self, decisions: Sequence[Decision[Any]], landed: Landed) -> None:
        for decision in decisions:
            if not decision.events:
                continue
            state = decision.outcome()
            self._hot.put(decision.stream, state)
            if decision.stream in landed.moved_out and self._snapshots.is_due(state):
                self._snapshots.note(state.stream, state.version)
                task = asyncio.create_task(self._keep(state))
                self._under_way.add(task)
                task.add_done_callback(self._under_way.discard)

    async def _keep(self, state: AggregateRoot) -> None:
        """Keep a snapshot, if it can be: it only saves reading."""
        with suppress(StoreUnavailable, ValueError):
            await self._log.put_snapshot(snapshot_of(state))

    async def close(self) -> None:
        """Wait for snapshots under way. The log is the caller's."""
        await asyncio.gather(*self._under_way)
