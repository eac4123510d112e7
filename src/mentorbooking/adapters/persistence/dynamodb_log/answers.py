"""The answer to a request under an Idempotency-Key, as an item.

DynamoDB deletes an item up to days after its ``ttl``, so the clock decides: ``x``.
"""

from __future__ import annotations

from typing import Any

import msgspec

from mentorbooking.adapters.persistence.dynamodb_log.asking.patience import Patience
from mentorbooking.adapters.persistence.dynamodb_log.asking.single_items import get_item
from mentorbooking.adapters.persistence.dynamodb_log.asking.steps import Steps
from mentorbooking.adapters.persistence.dynamodb_log.items import (
    Item,
    answer_key,
    blob,
    number,
    text,
)
from mentorbooking.adapters.persistence.dynamodb_log.packing import pack_state, unpack_state
from mentorbooking.adapters.persistence.requests import IdempotencyRecord

_SECOND = 1_000_000


class _Answer(msgspec.Struct, frozen=True, array_like=True, gc=False):
    status: int
    location: str | None
    body: bytes


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_Answer)


def answer_item(record: IdempotencyRecord, commit_id: str, lane: int, position: int) -> Item:
    answer = _Answer(record.status, record.location, record.body)
    return {
        **answer_key(record.principal, record.key),
        "q": blob(record.request_hash),
        "a": blob(pack_state(_encoder.encode(answer))),
        "c": text(commit_id),
        "l": number(lane),
        "p": number(position),
        "x": number(record.expires_at_us),
        "ttl": number(-(-record.expires_at_us // _SECOND)),
    }


def unless_answered(now_us: int) -> dict[str, Any]:
    """Return the condition that there is no answer, or one that has expired."""
    return {
        "ConditionExpression": "attribute_not_exists(pk) OR x <= :now",
        "ExpressionAttributeValues": {":now": number(now_us)},
    }


def read_answer(principal: str, key: str, item: Item) -> IdempotencyRecord:
    answer = _decoder.decode(unpack_state(item["a"]["B"]))
    return IdempotencyRecord(
        principal=principal,
        key=key,
        request_hash=item["q"]["B"],
        status=answer.status,
        location=answer.location,
        body=answer.body,
        expires_at_us=int(item["x"]["N"]),
        position=int(item["p"]["N"]),
        lane=int(item["l"]["N"]),
    )


def find_answer(
    table: str, principal: str, key: str, now_us: int, patience: Patience
) -> Steps[IdempotencyRecord | None]:
    """Read the answer stored for a key, unless it has expired."""
    item = yield from get_item(table, answer_key(principal, key), patience)
    record = None if item is None else read_answer(principal, key, item)
    return record if record is not None and record.expires_at_us > now_us else None
