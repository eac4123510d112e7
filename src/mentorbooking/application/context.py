"""What surrounds a command: who acts, through which channel, because of what.

It enters at the edge, travels in a context variable, and is written beside the events by the
event store. The domain never sees it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, Literal

import msgspec

from mentorbooking.application.positions import LogPlace

Channel = Literal["http", "cli", "lambda", "job"]


class StoredAnswer(msgspec.Struct, frozen=True):
    """The answer that a repeated request gets again."""

    status: int
    location: str | None
    body: bytes
    position: LogPlace = 0


class IdempotentRequest(msgspec.Struct, frozen=True):
    """A request that carries an Idempotency-Key; its answer is stored with its events."""

    principal: str
    key: str
    request_hash: bytes
    render: Callable[[Any], StoredAnswer]


class CommandContext(msgspec.Struct):
    """The surroundings of one command. ``position`` is set by the append: see Event-Position.

    It is 0 until then, and covers all appends where there are several.
    """

    actor: str
    channel: Channel
    correlation_id: str
    causation_id: str | None = None
    idempotent: IdempotentRequest | None = None
    position: LogPlace = 0


_context: ContextVar[CommandContext] = ContextVar("command_context")


def current_context() -> CommandContext:
    """Return the surroundings of the running command; LookupError outside of one."""
    return _context.get()


def enter_context(context: CommandContext) -> None:
    """Let the commands of this task run within ``context``."""
    _context.set(context)


class Metadata(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is kept beside the events of one append. Field names are a storage format."""

    actor: str
    channel: str
    correlation_id: str
    causation_id: str | None = None
    idempotency_key: str | None = None


SYSTEM = "system"


def user_actor(user_id: str) -> str:
    """Name a user as an actor."""
    return f"user:{user_id}"


def import_actor(import_id: str) -> str:
    """Name an import as an actor."""
    return f"import:{import_id}"
