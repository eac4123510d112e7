"""Keys and values of the table's items, as the client of DynamoDB takes and gives them.

One table: ``pk`` is a text, ``sk`` a number. All of it is a storage format:

    L#<lane>#<epoch> / first position   a commit, the log itself; or a cut, in lane 0
    S#<stream> / -1                     the tip of a stream: its version and recent events
    S#<stream> / -2                     a snapshot
    S#<stream> / first version          a batch: events that were moved out of the tip
    I#<principal>#<key> / 0             the answer to an idempotent request
    T#<follower>#<lane> / 0             how far a follower of the log has come
    M#log / 0                           what was noted when the table was made

Other modules keep items of their own under other letters.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Value = dict[str, Any]
"""A value with its type: ``{"S": "text"}``, ``{"N": "1"}``, ``{"B": b""}``."""

Item = dict[str, Value]

TransactItem = Mapping[str, Mapping[str, Any]]
"""A Put, Update, Delete or ConditionCheck of a transaction, as the client takes it.

TableName may be left out: it is this table.
"""

TIP = -1
SNAPSHOT = -2

_STREAM = "S#"
_EPOCH_BITS = 16


def text(value: str) -> Value:
    return {"S": value}


def number(value: int) -> Value:
    return {"N": str(value)}


def blob(value: bytes) -> Value:
    return {"B": value}


def key(pk: str, sk: int) -> Item:
    return {"pk": text(pk), "sk": number(sk)}


def epoch_of(position: int) -> int:
    """Return the part of a lane that holds the entry which begins there."""
    return (position - 1) >> _EPOCH_BITS


def lane_pk(lane: int, epoch: int) -> str:
    return f"L#{lane}#{epoch}"


def commit_key(lane: int, first: int) -> Item:
    return key(lane_pk(lane, epoch_of(first)), first)


def stream_pk(stream: str) -> str:
    return f"{_STREAM}{stream}"


def stream_in(pk: str) -> str:
    """Return the stream that an item under ``stream_pk`` belongs to."""
    return pk.removeprefix(_STREAM)


def tip_key(stream: str) -> Item:
    return key(stream_pk(stream), TIP)


def answer_key(principal: str, idempotency_key: str) -> Item:
    escaped = principal.replace("%", "%25").replace("#", "%23")
    return key(f"I#{escaped}#{idempotency_key}", 0)


def tracking_key(follower: str, lane: int) -> Item:
    return key(f"T#{follower}#{lane}", 0)


META_KEY = key("M#log", 0)
