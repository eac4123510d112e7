"""Whether a log is whole, as the command line tells it."""

from __future__ import annotations

import re
from threading import Event

import msgspec

from mentorbooking.adapters.persistence.chain import Checkpoint
from mentorbooking.application.positions import position_token
from mentorbooking.entrypoints.cli.kept import Kept
from mentorbooking.entrypoints.cli.parameters import read_position
from mentorbooking.entrypoints.cli.progress import Tell

_HASH = re.compile(r"[0-9a-fA-F]{64}")
_TELL_EVERY = 500


class ToldCheckpoint(msgspec.Struct, frozen=True):
    """A place in the log and the hash of all that comes before."""

    position: str
    hash: str

    @property
    def told(self) -> str:
        """The text that ``read_checkpoint`` reads."""
        return f"{self.position}:{self.hash}"


class ToldBreak(msgspec.Struct, frozen=True):
    """Where a log stops being whole, and what is wrong there."""

    position: str
    what: str


class ToldStreamBreak(msgspec.Struct, frozen=True):
    """From which version on what is kept of a stream is not what the log holds of it."""

    stream: str
    version: int
    what: str


class Verified(msgspec.Struct, frozen=True):
    """``checkpoint`` is where the whole part ends. ``streams`` are those that differ, a hundred
    at most: found where each is kept beside the log too, once the log itself is whole.
    """

    whole: bool
    commits: int
    checkpoint: ToldCheckpoint
    broken: ToldBreak | None
    streams: list[ToldStreamBreak]


def read_checkpoint(text: str) -> Checkpoint | None:
    """Read ``0:1234:<hash>`` or ``1234:<hash>``; None when it is neither."""
    place, _, digest = text.strip().rpartition(":")
    position = read_position(place)
    if not isinstance(position, int) or not _HASH.fullmatch(digest):
        return None
    return Checkpoint(position, bytes.fromhex(digest))


class _GivenUp(Exception):
    """Nobody waits for the result any more."""


async def verify_log(kept: Kept, checkpoint: Checkpoint | None, tell: Tell) -> Verified:
    """Walk the chain from its first commit, and compare the streams with it."""
    told, given_up = 0, Event()

    def progress(done: int, in_all: int) -> None:
        nonlocal told
        if given_up.is_set():
            raise _GivenUp
        if done >= told + _TELL_EVERY:
            told = done
            tell(done, in_all)

    try:
        found = await kept.verify(checkpoint, progress)
    finally:
        given_up.set()
    end = found.whole_until
    return Verified(
        whole=found.broken is None and not found.streams,
        commits=found.commits,
        checkpoint=ToldCheckpoint(position_token(end.position), end.hash.hex()),
        broken=ToldBreak(position_token(found.broken.position), found.broken.what)
        if found.broken
        else None,
        streams=[ToldStreamBreak(*each) for each in found.streams],
    )
