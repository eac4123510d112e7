"""The tips that an append adds to: what is in memory if it is of the right version, or read."""

from __future__ import annotations

from mentorbooking.adapters.persistence.dynamodb_log.answers import find_answer
from mentorbooking.adapters.persistence.dynamodb_log.appending.ordering import (
    OrderedAppend,
    StreamPart,
)
from mentorbooking.adapters.persistence.dynamodb_log.asking.patience import Patience
from mentorbooking.adapters.persistence.dynamodb_log.asking.single_items import get_items
from mentorbooking.adapters.persistence.dynamodb_log.asking.steps import Steps
from mentorbooking.adapters.persistence.dynamodb_log.items import tip_key
from mentorbooking.adapters.persistence.dynamodb_log.streams.tips import KnownTips, Tip, read_tip
from mentorbooking.adapters.persistence.requests import IdempotencyKeyTaken, StreamConflict


def tips_at_hand(
    table: str, known: KnownTips, ordered: OrderedAppend, patience: Patience, *, of_all: bool
) -> Steps[dict[str, Tip | None]]:
    """Return where the streams stand that get events, or ``of_all``; None: yet to begin, as far
    as is known.

    A tip is read for what it holds. The version is the one that was decided on, here as in the
    transaction: another one is a ``StreamConflict``, or ``IdempotencyKeyTaken`` where the
    request repeats one that had moved the stream.
    """
    unknown: dict[str, StreamPart] = {}
    tips: dict[str, Tip | None] = {}
    for stream, part in ordered.parts.items():
        tip = tips[stream] = known.get(stream)
        if tip is not None and tip.version > part.expected_version:
            yield from _refuse(table, ordered, part, tip.version, patience)
        if (part.events or of_all) and part.expected_version > (0 if tip is None else tip.version):
            unknown[stream] = part
    if not unknown:
        return tips
    items = yield from get_items(table, [tip_key(stream) for stream in unknown], patience)
    by_key = {item["pk"]["S"]: item for item in items}
    for stream, part in unknown.items():
        item = by_key.get(tip_key(stream)["pk"]["S"])
        tip = tips[stream] = None if item is None else read_tip(stream, item)
        if tip is not None:
            known.put(tip)
        if tip is None or tip.version != part.expected_version:
            yield from _refuse(table, ordered, part, 0 if tip is None else tip.version, patience)
    return tips


def _refuse(
    table: str, ordered: OrderedAppend, part: StreamPart, actual: int, patience: Patience
) -> Steps[None]:
    record, now = ordered.request.idempotency, ordered.request.time_us
    if record is not None:
        answer = yield from find_answer(table, record.principal, record.key, now, patience)
        if answer is not None:
            raise IdempotencyKeyTaken(answer)
    raise StreamConflict(part.stream, part.expected_version, actual)
