"""The library's recorder for events that stand outside the log, such as its snapshots."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from eventsourcing.persistence import (
    AggregateRecorder,
    IntegrityError,
    ProgrammingError,
    StoredEvent,
)

from mentorbooking.adapters.persistence.dynamodb_log.items import Item, blob, key, text
from mentorbooking.adapters.persistence.dynamodb_log.sync_log import DynamoDBLogSync
from mentorbooking.adapters.persistence.library_terms import OriginatorIds, library_errors

MOST_AT_ONCE: Final = 100
"""So many items a transaction takes."""

_PURPOSE = re.compile(r"[a-z][a-z0-9_]*")


class DynamoDBAggregateRecorder(AggregateRecorder):
    """Keeps each event as an item beside the log: no positions, no chain.

    ``R#<purpose>#<originator>`` / version: ``n`` the topic, ``s`` the state.
    """

    def __init__(self, log: DynamoDBLogSync, ids: OriginatorIds, purpose: str = "events") -> None:
        if not _PURPOSE.fullmatch(purpose):
            raise ValueError(f"{purpose!r} can't be part of a key")
        self._log = log
        self._ids = ids
        self._purpose = purpose

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> None:
        """Keep all or none; ``IntegrityError`` when one of the versions is there already.

        ``ProgrammingError``: they are more than ``MOST_AT_ONCE``.
        """
        del kwargs
        if not stored_events:
            return
        if len(stored_events) > MOST_AT_ONCE:
            raise ProgrammingError(f"{len(stored_events)} events; {MOST_AT_ONCE} go at once")
        if len({(each.originator_id, each.originator_version) for each in stored_events}) < len(
            stored_events
        ):
            raise IntegrityError("one version of an originator is there twice")
        puts = [
            {"Put": {"Item": self._item(each), "ConditionExpression": "attribute_not_exists(pk)"}}
            for each in stored_events
        ]
        with library_errors():
            self._log.write(*puts)

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        with library_errors():
            items = self._log.query(
                self._pk(originator_id),
                first=None if gt is None else gt + 1,
                last=lte,
                descending=desc,
                limit=limit,
            )
        return [
            StoredEvent(originator_id, int(item["sk"]["N"]), item["n"]["S"], bytes(item["s"]["B"]))
            for item in items
        ]

    def _pk(self, originator_id: UUID | str) -> str:
        return f"R#{self._purpose}#{self._ids.stream(originator_id)}"

    def _item(self, event: StoredEvent) -> Item:
        return {
            **key(self._pk(event.originator_id), event.originator_version),
            "n": text(event.topic),
            "s": blob(event.state),
        }
