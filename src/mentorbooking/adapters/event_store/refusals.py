"""Why a log did not take an append, in the words of the AggregateStore port."""

from __future__ import annotations

from mentorbooking.adapters.persistence.requests import (
    AppendTooLarge,
    ConstraintViolated,
    IdempotencyKeyTaken,
    LogUnavailable,
    PerhapsAppended,
    StreamConflict,
)
from mentorbooking.application.ports.aggregate_store import (
    ConcurrentChange,
    CredentialsInUse,
    IdempotencyKeyUsed,
    PerhapsRecorded,
    StoreUnavailable,
    TooMuchAtOnce,
)

NotAppended = (
    StreamConflict | IdempotencyKeyTaken | ConstraintViolated | AppendTooLarge | LogUnavailable
)

NOT_APPENDED = (
    StreamConflict,
    IdempotencyKeyTaken,
    ConstraintViolated,
    AppendTooLarge,
    LogUnavailable,
)
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
        case PerhapsAppended():
            return PerhapsRecorded(str(error))
        case LogUnavailable():
            return StoreUnavailable(str(error))
