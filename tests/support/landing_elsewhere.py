"""Appends that another process makes meanwhile."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from mentorbooking.adapters.persistence.dynamodb_log.log import DynamoDBLog
from mentorbooking.adapters.persistence.dynamodb_log.terms import Landed
from tests.support.dynamodb_logs import appending

if TYPE_CHECKING:
    pass


TRANSACTION = "transact_write_items"


def elsewhere(other: DynamoDBLog, *streams: Any) -> Callable[[], Awaitable[Landed]]:
    return lambda: other.append(appending(*streams))
