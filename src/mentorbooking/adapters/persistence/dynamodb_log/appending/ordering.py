"""An append put in order: which events each stream gets, and what can't be stored at all.

Everything here is known before the table is asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from mentorbooking.adapters.persistence.chain import content_bytes
from mentorbooking.adapters.persistence.dynamodb_log.items import TransactItem
from mentorbooking.adapters.persistence.dynamodb_log.packing import (
    CommitContent,
    CommitEvent,
    TailCommit,
    TailEvent,
)
from mentorbooking.adapters.persistence.dynamodb_log.sizes import MOST_ITEMS
from mentorbooking.adapters.persistence.dynamodb_log.streams.tips import Tip
from mentorbooking.adapters.persistence.requests import Append, AppendTooLarge, StreamConflict

MOST_EVENTS = 10_000
"""The most of one append: few enough that no commit reaches over an epoch of its lane."""


class StreamPart:
    """What an append asks of one stream; ``events`` with their places within the commit."""

    __slots__ = ("events", "expected_version", "stream")

    def __init__(self, stream: str, expected_version: int) -> None:
        self.stream = stream
        self.expected_version = expected_version
        self.events: list[TailEvent] = []

    @property
    def version_after(self) -> int:
        return self.expected_version + len(self.events)


class OrderedAppend:
    """A request with its events in order and their canonical bytes."""

    def __init__(self, request: Append, alongside: Sequence[TransactItem]) -> None:
        """Raise ``StreamConflict`` where it contradicts itself, ``AppendTooLarge`` where it is too
        much, ValueError where it can't be encoded.
        """
        if request.statements:
            raise ValueError("there are no statements on DynamoDB")
        self.request = request
        self.alongside = tuple(alongside)
        self.parts: dict[str, StreamPart] = {}
        events: list[CommitEvent] = []
        for each in request.streams:
            if each.expected_version < -1:
                raise ValueError("no stream is at a version below -1")
            part = self._part(each.stream, each.expected_version)
            for event in each.events:
                part.events.append(TailEvent(len(events), event.topic, event.state))
                events.append(
                    CommitEvent(each.stream, part.version_after, event.topic, event.state)
                )
        if len(self.parts) + len(self.alongside) > MOST_ITEMS:
            raise AppendTooLarge(f"a transaction holds no more than {MOST_ITEMS} items")
        if len(events) > MOST_EVENTS:
            raise AppendTooLarge(
                f"{len(events)} events are more than the {MOST_EVENTS} of an append"
            )
        self.content = CommitContent(request.metadata, tuple(events))
        self.bytes = content_bytes(
            request.commit_id,
            request.time_us,
            request.metadata,
            [(event.stream, event.version, event.topic, event.state) for event in events],
        )

    @property
    def size(self) -> int:
        return len(self.content.events)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to write and nothing to check."""
        return not (self.parts or self.alongside or self.request.idempotency)

    def content_after(self, tips: Mapping[str, Tip | None], lane: int) -> CommitContent:
        """Return what the commit holds in a lane, with what it follows in others."""
        events = list(self.content.events)
        checked: list[tuple[int, int]] = []
        for stream, part in self.parts.items():
            tip = tips[stream]
            if tip is None or tip.lane == lane:
                continue
            follows = tip.lane, tip.position
            if part.events:
                first = part.events[0].number
                events[first] = msgspec.structs.replace(events[first], follows=follows)
            else:
                checked.append(follows)
        return CommitContent(self.content.metadata, tuple(events), tuple(checked))

    def tail_commit(self, part: StreamPart, lane: int, first: int) -> TailCommit:
        """Return what the stream's tail gains when the commit begins at ``first``."""
        request = self.request
        return TailCommit(
            request.commit_id, lane, first, request.time_us, request.metadata, tuple(part.events)
        )

    def _part(self, stream: str, expected_version: int) -> StreamPart:
        part = self.parts.get(stream)
        if part is None:
            part = self.parts[stream] = StreamPart(stream, expected_version)
        elif part.version_after != expected_version:
            raise StreamConflict(stream, expected_version, max(part.version_after, 0))
        return part
