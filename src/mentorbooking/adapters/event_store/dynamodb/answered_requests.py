"""The AnsweredRequests port on DynamoDB: records landed with the events they answer."""

from __future__ import annotations

from datetime import datetime

from mentorbooking.adapters.event_store.recorded import answered
from mentorbooking.adapters.instants import microseconds
from mentorbooking.adapters.persistence.dynamodb_log.log import DynamoDBLog
from mentorbooking.application.ports.idempotency import AnsweredRequest, AnsweredRequests


class DynamoDBAnsweredRequests(AnsweredRequests):
    """Reads only; see ``DynamoDBAggregateStore.save`` for the writing."""

    def __init__(self, log: DynamoDBLog) -> None:
        self._log = log

    async def find(self, principal: str, key: str, now: datetime) -> AnsweredRequest | None:
        found = await self._log.answer(principal, key, microseconds(now))
        return None if found is None else answered(found)
