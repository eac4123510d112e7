"""Tells that the log's file can't be used now in the application's words."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from mentorbooking.adapters.event_store.unavailable import as_store_unavailable
from mentorbooking.adapters.persistence.sqlite_log.connections import is_unavailability
from mentorbooking.application.ports.aggregate_store import StoreUnavailable


@contextmanager
def as_file_unavailable() -> Iterator[None]:
    """Raise ``StoreUnavailable`` where the log or SQLite says that the file can't be used."""
    try:
        with as_store_unavailable():
            yield
    except sqlite3.Error as error:
        if not is_unavailability(error):
            raise
        raise StoreUnavailable(f"the event log can't be read: {error}") from error
