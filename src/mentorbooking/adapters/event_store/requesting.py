"""What every store asks of its log: decisions in their context as one append."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from mentorbooking.adapters.event_store.codec import encode_event, encode_metadata
from mentorbooking.adapters.persistence.requests import (
    Append,
    IdempotencyRecord,
    NewEvent,
    Statement,
    StreamAppend,
)
from mentorbooking.application.context import CommandContext, Metadata
from mentorbooking.domain.kernel.aggregate import Decision

IDEMPOTENCY_LIFETIME = timedelta(hours=24)


def append_of(
    decisions: Sequence[Decision[Any]],
    context: CommandContext,
    *,
    commit_id: str,
    now_us: int,
    answer: object,
    statements: tuple[Statement, ...] = (),
) -> Append:
    """Return the append of decisions that were made at ``now_us``, in microseconds.

    ``answer`` is kept with it when the context asks for that.
    """
    return Append(
        commit_id=commit_id,
        time_us=now_us,
        metadata=encode_metadata(
            Metadata(
                actor=context.actor,
                channel=context.channel,
                correlation_id=context.correlation_id,
                causation_id=context.causation_id,
                idempotency_key=context.idempotent.key if context.idempotent else None,
            )
        ),
        streams=tuple(
            StreamAppend(
                decision.stream,
                decision.expected_version,
                tuple(NewEvent(event.TOPIC, encode_event(event)) for event in decision.events),
            )
            for decision in decisions
        ),
        idempotency=_idempotency_record(context, answer, now_us),
        statements=statements,
    )


def _idempotency_record(
    context: CommandContext, answer: object, now_us: int
) -> IdempotencyRecord | None:
    idempotent = context.idempotent
    if idempotent is None:
        return None
    stored = idempotent.render(answer)
    return IdempotencyRecord(
        principal=idempotent.principal,
        key=idempotent.key,
        request_hash=idempotent.request_hash,
        status=stored.status,
        location=stored.location,
        body=stored.body,
        expires_at_us=now_us + IDEMPOTENCY_LIFETIME // timedelta(microseconds=1),
    )
