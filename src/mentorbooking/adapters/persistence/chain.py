"""The hash chain: each commit seals what it holds and everything before it.

A commit's hash is SHA-256 over these bytes (integers big-endian; every text and blob is
preceded by its length in bytes, so that no two contents have the same bytes):

    previous hash (32) · lane u64 · first position u64
    time µs i64 · length of commit id u32 · length of metadata u32 · number of events u32
    commit id · metadata
    for each event: length of stream u32 · version i64 · length of topic u32
                    · length of state u32 · stream · topic · state

Texts are UTF-8. The first commit's previous hash is 32 zero bytes. This is a storage format:
it is the same for every store and never changes.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from typing import NamedTuple

GENESIS = bytes(32)

_PLACE = struct.Struct(">QQ")
_COMMIT = struct.Struct(">qIII")
_EVENT = struct.Struct(">IqII")


class ChainedEvent(NamedTuple):
    """The part of a stored event that is sealed."""

    stream: str
    version: int
    topic: str
    state: bytes


class ChainedCommit(NamedTuple):
    """A commit as a store holds it: ``size`` is what it claims, ``events`` what is there."""

    first: int
    size: int
    commit_id: str
    time_us: int
    metadata: bytes
    hash: bytes
    events: Sequence[tuple[int, ChainedEvent]]


class Checkpoint(NamedTuple):
    """The newest position at some instant and the hash of the commit that ends there."""

    position: int
    hash: bytes


class Break(NamedTuple):
    """Where a chain stops being whole, and what is wrong there."""

    position: int
    what: str


class ChainBroken(Exception):
    """Raised by a store that finds a break itself while its commits are read."""

    def __init__(self, position: int, what: str) -> None:
        super().__init__(f"position {position}: {what}")
        self.found = Break(position, what)


class StreamBreak(NamedTuple):
    """Where what is kept of a stream is not what the log holds of it."""

    stream: str
    version: int
    what: str


class Verification(NamedTuple):
    """How far a chain is whole, in commits and as a checkpoint, and its first break if any.

    ``streams``: where a store keeps streams beside the log, what is wrong with them.
    """

    commits: int
    whole_until: Checkpoint
    broken: Break | None
    streams: Sequence[StreamBreak] = ()


def content_bytes(
    commit_id: str,
    time_us: int,
    metadata: bytes,
    events: Sequence[tuple[str, int, str, bytes]],
) -> bytes:
    """Return the canonical bytes of a commit but for its place in the chain."""
    name = commit_id.encode()
    parts = [_COMMIT.pack(time_us, len(name), len(metadata), len(events)), name, metadata]
    for stream, version, topic, state in events:
        stream_bytes, topic_bytes = stream.encode(), topic.encode()
        parts += (
            _EVENT.pack(len(stream_bytes), version, len(topic_bytes), len(state)),
            stream_bytes,
            topic_bytes,
            state,
        )
    return b"".join(parts)


def chain_hash(previous: bytes, lane: int, first: int, content: bytes) -> bytes:
    """Return the hash of a commit whose first event stands at ``first``."""
    return sha256(previous + _PLACE.pack(lane, first) + content).digest()


def verify_chain(
    commits: Iterable[ChainedCommit],
    *,
    lane: int = 0,
    checkpoint: Checkpoint | None = None,
    progress: Callable[[int], object] | None = None,
) -> Verification:
    """Walk a lane from its first commit and stop at the first break.

    A ``checkpoint`` that was kept elsewhere also shows a log that was cut off or made anew.
    ``progress`` is told the position of each commit's last event.
    """
    walked, end = 0, Checkpoint(0, GENESIS)
    try:
        for commit in commits:
            broken = break_in(commit, end, lane) or _break_against(checkpoint, commit)
            if broken is not None:
                return Verification(walked, end, broken)
            walked, end = walked + 1, Checkpoint(commit.first + commit.size - 1, commit.hash)
            if progress is not None:
                progress(end.position)
    except ChainBroken as broken_store:
        return Verification(walked, end, broken_store.found)
    if checkpoint is not None and checkpoint.position > end.position:
        what = f"the log ends here, and a checkpoint stands at {checkpoint.position}"
        return Verification(walked, end, Break(end.position + 1, what))
    return Verification(walked, end, None)


def break_in(commit: ChainedCommit, end: Checkpoint, lane: int) -> Break | None:
    """Return what is wrong with a lane's commit behind ``end``, if anything."""
    expected = end.position + 1
    if commit.first != expected:
        return Break(expected, "a commit is missing")
    if commit.size < 1:
        return Break(expected, "a commit has no events")
    for position in range(commit.first, commit.first + commit.size):
        place = position - commit.first
        if place >= len(commit.events) or commit.events[place][0] != position:
            return Break(position, "an event is missing")
    if len(commit.events) > commit.size:
        return Break(commit.events[commit.size][0], "an event belongs to no commit")
    try:
        content = content_bytes(
            commit.commit_id, commit.time_us, commit.metadata, [each for _, each in commit.events]
        )
    except (AttributeError, TypeError, ValueError, struct.error):
        return Break(commit.first, "a value is not of its type")
    if chain_hash(end.hash, lane, commit.first, content) != commit.hash:
        return Break(commit.first, "the commit was changed")
    return None


def _break_against(checkpoint: Checkpoint | None, commit: ChainedCommit) -> Break | None:
    last = commit.first + commit.size - 1
    if checkpoint is None or not commit.first <= checkpoint.position <= last:
        return None
    if checkpoint == (last, commit.hash):
        return None
    return Break(commit.first, "the commit is not the one that the checkpoint saw")
