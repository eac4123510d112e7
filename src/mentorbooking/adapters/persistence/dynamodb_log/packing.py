"""Events packed into one attribute: MessagePack, deflated. A storage format.

The first byte tells the format. Fields are told by their place: new ones go to the end, and
get a default.
"""

from __future__ import annotations

import zlib
from typing import TypeVar

import msgspec

from mentorbooking.adapters.persistence.requests import StoredEvent

_DEFLATED = b"\x01"
_RAW_DEFLATE = -15


class CommitEvent(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An event within a commit of several streams.

    ``follows`` is the lane and position of the event before it in its stream, where that is in
    another lane: who reads several lanes takes it first.
    """

    stream: str
    version: int
    topic: str
    state: bytes
    follows: tuple[int, int] | None = None


class CommitContent(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What a commit says beside its own attributes, events in the order of their positions.

    ``checked`` is where the streams stood, in other lanes, whose versions were only checked: what
    was decided on them comes behind them too.
    """

    metadata: bytes
    events: tuple[CommitEvent, ...]
    checked: tuple[tuple[int, int], ...] = ()


class TailEvent(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An event within its stream; ``number`` is its place within its commit."""

    number: int
    topic: str
    state: bytes


class TailCommit(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The part of a commit that is one stream's; ``first`` is the commit's first position."""

    commit_id: str
    lane: int
    first: int
    time_us: int
    metadata: bytes
    events: tuple[TailEvent, ...]


Tail = tuple[TailCommit, ...]
"""Consecutive events of one stream. Their versions follow from where the tail stands."""

T = TypeVar("T")

_encoder = msgspec.msgpack.Encoder()
_commits = msgspec.msgpack.Decoder(CommitContent)
_tails = msgspec.msgpack.Decoder(Tail)


def pack_commit(content: CommitContent) -> bytes:
    return _deflated(_encoder.encode(content))


def unpack_commit(packed: bytes) -> CommitContent:
    return _commits.decode(_inflated(packed))


def pack_tail(tail: Tail) -> bytes:
    return _deflated(_encoder.encode(tail))


def unpack_tail(packed: bytes) -> Tail:
    return _tails.decode(_inflated(packed))


def pack_state(state: bytes) -> bytes:
    return _deflated(state)


def unpack_state(packed: bytes) -> bytes:
    return _inflated(packed)


def events_in(tail: Tail) -> int:
    return sum(len(commit.events) for commit in tail)


def tail_events(stream: str, first_version: int, tail: Tail) -> list[StoredEvent]:
    """Return the events of a tail that begins with a version.

    Where they stand in the one order of several lanes is not known to their stream.
    """
    events = []
    version = first_version
    for commit in tail:
        for event in commit.events:
            position = commit.first + event.number
            events.append(
                StoredEvent(
                    position=0 if commit.lane else position,
                    stream=stream,
                    version=version,
                    topic=event.topic,
                    state=event.state,
                    commit_id=commit.commit_id,
                    time_us=commit.time_us,
                    metadata=commit.metadata,
                    number=event.number,
                    lane=commit.lane,
                    lane_position=position if commit.lane else 0,
                )
            )
            version += 1
    return events


def parts_of(tail: Tail, most_bytes: int) -> list[Tail]:
    """Divide a tail, in order, so that no part's states hold more, but for single events."""
    parts: list[list[TailCommit]] = []
    room = 0
    for commit in tail:
        for event in commit.events:
            needed = len(event.state) + len(event.topic)
            if not parts or needed > room:
                parts.append([])
                room = most_bytes
            room -= needed
            _add(parts[-1], commit, event)
    return [tuple(part) for part in parts]


def _add(part: list[TailCommit], commit: TailCommit, event: TailEvent) -> None:
    if part and part[-1].first == commit.first and part[-1].lane == commit.lane:
        part[-1] = msgspec.structs.replace(part[-1], events=(*part[-1].events, event))
    else:
        part.append(msgspec.structs.replace(commit, events=(event,)))


def _deflated(content: bytes) -> bytes:
    deflating = zlib.compressobj(wbits=_RAW_DEFLATE)
    return b"".join((_DEFLATED, deflating.compress(content), deflating.flush()))


def _inflated(packed: bytes) -> bytes:
    if packed[:1] != _DEFLATED:
        raise ValueError(f"events are packed in an unknown format: {packed[:1]!r}")
    return zlib.decompress(packed[1:], wbits=_RAW_DEFLATE)
