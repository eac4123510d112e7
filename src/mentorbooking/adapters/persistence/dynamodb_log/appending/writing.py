"""Items beside the log that are written without an event."""

from __future__ import annotations

from collections.abc import Sequence

from mentorbooking.adapters.persistence.dynamodb_log.appending.transaction import complete
from mentorbooking.adapters.persistence.dynamodb_log.asking.faults import (
    CONDITION_FAILED,
    Busy,
    Cancelled,
    Fault,
    NoAnswer,
    Refused,
)
from mentorbooking.adapters.persistence.dynamodb_log.asking.patience import Patience
from mentorbooking.adapters.persistence.dynamodb_log.asking.steps import (
    Call,
    Pause,
    Steps,
    pause_after,
    raise_if_unavailable,
)
from mentorbooking.adapters.persistence.dynamodb_log.items import TransactItem
from mentorbooking.adapters.persistence.dynamodb_log.terms import AlongsideRefused, AppendInDoubt
from mentorbooking.adapters.persistence.requests import LogUnavailable


def write(table: str, items: Sequence[TransactItem], token: str, patience: Patience) -> Steps[None]:
    """Write all or none; ``AlongsideRefused`` when a condition fails.

    One item is a transaction too: its token makes a repetition after a lost answer harmless.
    """
    if not items:
        return
    transaction = {
        "TransactItems": [complete(item, table) for item in items],
        "ClientRequestToken": token,
    }
    is_in_doubt = False
    while True:
        fault: Fault
        try:
            yield Call("transact_write_items", transaction)
        except Cancelled as cancelled:
            _raise_refusal(cancelled)
            fault = cancelled
        except (Busy, NoAnswer) as unanswered:
            is_in_doubt = is_in_doubt or isinstance(unanswered, NoAnswer)
            fault = unanswered
        except Refused as refused:
            raise_if_unavailable(refused)
            raise
        else:
            return
        yield _pause(fault, patience, is_in_doubt=is_in_doubt)


def _raise_refusal(cancelled: Cancelled) -> None:
    for place, reason in enumerate(cancelled.reasons):
        if reason.code == CONDITION_FAILED:
            raise AlongsideRefused(place, reason.item) from cancelled


def _pause(fault: Fault, patience: Patience, *, is_in_doubt: bool) -> Pause:
    try:
        return pause_after(fault, patience)
    except LogUnavailable as error:
        raise (AppendInDoubt(str(error)) if is_in_doubt else error) from fault
