"""Why a log did not take an append, in the words of the AggregateStore port."""

from __future__ import annotations

from mentorbooking.adapters.persistence.requests import (
    ConstraintViolated,
    IdempotencyKeyTaken,
    LogUnavailable,
    StreamConflict,
)
from mentorbooking.application.ports.aggregate_store import (
    ConcurrentChange,
    CredentialsInUse,
    IdempotencyKeyUsed,
    StoreUnavailable,
)

NotAppended = StreamConflict | IdempotencyKeyTaken | ConstraintViolated | LogUnavailable

NOT_APPENDED = (StreamConflict, IdempotencyKeyTaken, ConstraintViolated, LogUnavailable)
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
        case LogUnavailable():
            return StoreUnavailable(str(error))
