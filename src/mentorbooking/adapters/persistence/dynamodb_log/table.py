"""The log's table: one for everything that shares a transaction with events."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from mentorbooking.adapters.persistence.dynamodb_log.asking.clients import ask, ask_sync
from mentorbooking.adapters.persistence.dynamodb_log.asking.faults import (
    CONDITION_FAILED_ALONE,
    Refused,
)
from mentorbooking.adapters.persistence.dynamodb_log.asking.patience import Patience
from mentorbooking.adapters.persistence.dynamodb_log.asking.steps import (
    Call,
    Pause,
    Steps,
    asking,
    drive,
    drive_sync,
)
from mentorbooking.adapters.persistence.dynamodb_log.items import META_KEY, blob, number, text
from mentorbooking.adapters.persistence.requests import LogUnavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient as SyncClient
    from types_aiobotocore_dynamodb import DynamoDBClient

SCHEMA_VERSION = 1

_LOOK_EVERY = 0.5
_NOT_OFFERED = ("UnknownOperationException", "UnknownOperation")
"""What servers for tests answer to calls that they don't know."""


async def create_table(
    client: DynamoDBClient, table: str, *, lanes: int | None = None, patience: float = 60.0
) -> None:
    """Make the table if it isn't there, and whatever it lacks; repeating it does no harm.

    It is paid per request, forgets what has expired, and can be put back to any second of the
    last 35 days, where the server offers that. Raises ``LogUnavailable`` if it isn't ready
    within ``patience`` seconds, and ValueError for fewer ``lanes`` than it has: their events
    would be read no more. Without a word of ``lanes`` it has those that it has, or one.
    """
    waiting = Patience(patience)
    await drive(_making(table, lanes, waiting), lambda step: ask(client, step, waiting))


def create_table_sync(
    client: SyncClient, table: str, *, lanes: int | None = None, patience: float = 60.0
) -> None:
    """Do as ``create_table`` does, in a thread that may block."""
    drive_sync(_making(table, lanes, Patience(patience)), lambda step: ask_sync(client, step))


def _making(table: str, lanes: int | None, patience: Patience) -> Steps[None]:
    parameters = {
        "TableName": table,
        "KeySchema": [
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        "AttributeDefinitions": [
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "N"},
        ],
        "BillingMode": "PAY_PER_REQUEST",
    }
    yield from asking(Call("create_table", parameters), patience, "ResourceInUseException")
    yield from _being_active(table, patience)
    yield from _forgetting(table, patience)
    yield from _keeping_backups(table, patience)
    yield from _noting(table, lanes, patience)


def _keeping_backups(table: str, patience: Patience) -> Steps[None]:
    parameters = {
        "TableName": table,
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
    }
    yield from asking(Call("update_continuous_backups", parameters), patience, *_NOT_OFFERED)


def _noting(table: str, lanes: int | None, patience: Patience) -> Steps[None]:
    note = {
        **META_KEY,
        "schema_version": number(SCHEMA_VERSION),
        "store_id": text(secrets.token_hex(16)),
        "address_key": blob(secrets.token_bytes(32)),
        "lanes": number(lanes or 1),
    }
    put = {"TableName": table, "Item": note, "ConditionExpression": "attribute_not_exists(pk)"}
    yield from asking(Call("put_item", put), patience, CONDITION_FAILED_ALONE)
    update = {
        "TableName": table,
        "Key": META_KEY,
        "UpdateExpression": "SET lanes = :n",
        "ConditionExpression": "lanes <= :n",
        "ExpressionAttributeValues": {":n": number(lanes or 1)},
    }
    try:
        yield from asking(Call("update_item", update), patience)
    except Refused as refused:
        if refused.code != CONDITION_FAILED_ALONE:
            raise
        if lanes is not None:
            raise ValueError(f"the table {table} has more lanes than {lanes}") from refused


def _being_active(table: str, patience: Patience) -> Steps[None]:
    while True:
        call = Call("describe_table", {"TableName": table})
        answer = yield from asking(call, patience, "ResourceNotFoundException")
        if answer.get("Table", {}).get("TableStatus") == "ACTIVE":
            return
        if patience.remaining() < _LOOK_EVERY:
            raise LogUnavailable(f"the table {table} is being made")
        yield Pause(_LOOK_EVERY)


def _forgetting(table: str, patience: Patience) -> Steps[None]:
    answer = yield from asking(Call("describe_time_to_live", {"TableName": table}), patience)
    status = answer.get("TimeToLiveDescription", {}).get("TimeToLiveStatus")
    if status in ("ENABLED", "ENABLING"):
        return
    parameters = {
        "TableName": table,
        "TimeToLiveSpecification": {"Enabled": True, "AttributeName": "ttl"},
    }
    # Refused as invalid: somebody else has just done it.
    yield from asking(Call("update_time_to_live", parameters), patience, "ValidationException")
