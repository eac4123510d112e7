"""Refusals that hold, where the states of one command are read one after another.

What a command appends is checked against what it read; what it refuses isn't. Between two reads
somebody may have changed both streams, and then the refusal may rest on half of that change:
something that never was.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import TypeVar

from mentorbooking.application.positions import LogPlace
from mentorbooking.domain.kernel.aggregate import AggregateRoot
from mentorbooking.domain.kernel.errors import Refused

C = TypeVar("C")
R = TypeVar("R")

Reads = dict[str, int]
"""Streams that a command read, and at which version first."""

_reads: ContextVar[Reads | None] = ContextVar("streams_read", default=None)


def note_read(state: AggregateRoot) -> None:
    """Note what the running command, if any, goes by."""
    reads = _reads.get()
    if reads is not None:
        reads.setdefault(state.stream, state.version)


def looking_again(
    handle: Callable[[C], Awaitable[R]],
    seen: Callable[[], LogPlace],
    look_again: Callable[[Reads], Awaitable[None]],
) -> Callable[[C], Awaitable[R]]:
    """Before a command is refused, ``look_again`` whether all it read stands as it was read.

    If it does, all of it stood so together: after the last read, before the look. If nothing
    was ``seen`` meanwhile that was newer than all that had been seen before, it stood so
    together when the command began.
    """

    async def handle_and_look_again(command: C) -> R:
        reads: Reads = {}
        before = seen()
        token = _reads.set(reads)
        try:
            return await handle(command)
        except Refused:
            if len(reads) > 1 and seen() != before:
                await look_again(reads)
            raise
        finally:
            _reads.reset(token)

    return handle_and_look_again
