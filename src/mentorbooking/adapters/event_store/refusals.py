"""Why a log did not take an append, in the words of the AggregateStore port."""

from __future__ import annotations

from mentorbooking.adapters.persistence.requests import (
    AppendTooLarge,
    ConstraintViolated,
    IdempotencyKeyTaken,
    StreamConflict,
)
from mentorbooking.application.ports.aggregate_store import (
    ConcurrentChange,
    CredentialsInUse,
    IdempotencyKeyUsed,
    TooMuchAtOnce,
)

NotAppended = StreamConflict | IdempotencyKeyTaken | ConstraintViolated | AppendTooLarge

NOT_APPENDED = (StreamConflict, IdempotencyKeyTaken, ConstraintViolated, AppendTooLarge)
"""The same, to be caught."""


def told_as(error: NotAppended) -> Exception:
    """Return what the port raises for it."""
    match error:
        case StreamConflict():
            return ConcurrentChange(error.stream)
        case IdempotencyKeyTaken():
            return IdempotencyKeyUsed()
        case ConstraintViolated():
            return CredentialsInUse("An account with this e-mail address exists.")
        case AppendTooLarge():
            return TooMuchAtOnce("This is more than can be recorded together: ask for less.")
