"""The AnsweredRequests port on the log: records landed with the events they answer."""

from __future__ import annotations

from datetime import datetime

from mentorbooking.adapters.event_store.recorded import answered
from mentorbooking.adapters.instants import microseconds
from mentorbooking.adapters.persistence.sqlite_log.log import SQLiteLog
from mentorbooking.application.ports.idempotency import AnsweredRequest, AnsweredRequests


class SQLiteAnsweredRequests(AnsweredRequests):
    """Reads only; see ``SQLiteAggregateStore.save`` for the writing."""

    def __init__(self, log: SQLiteLog) -> None:
        self._log = log

    async def find(self, principal: str, key: str, now: datetime) -> AnsweredRequest | None:
        found = self._log.answer(principal, key, microseconds(now))
        return None if found is None else answered(found)
