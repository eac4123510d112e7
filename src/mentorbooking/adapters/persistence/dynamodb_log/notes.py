"""What was noted when the log's table was made: its lanes, and what must never be another."""

from __future__ import annotations

from mentorbooking.adapters.persistence.dynamodb_log.asking.patience import Patience
from mentorbooking.adapters.persistence.dynamodb_log.asking.single_items import get_item
from mentorbooking.adapters.persistence.dynamodb_log.asking.steps import Steps
from mentorbooking.adapters.persistence.dynamodb_log.items import META_KEY, Item
from mentorbooking.adapters.persistence.requests import LogUnavailable


def read_note(table: str, patience: Patience) -> Steps[Item]:
    """Return the note; ``LogUnavailable`` for a table without one."""
    note = yield from get_item(table, META_KEY, patience)
    if note is None:
        raise LogUnavailable(f"the table {table} was not made by this program")
    return note
