"""Tells the log's being unavailable in the application's words."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from mentorbooking.adapters.persistence.requests import LogUnavailable
from mentorbooking.adapters.persistence.sqlite.connections import is_unavailability
from mentorbooking.application.ports.aggregate_store import StoreUnavailable


@contextmanager
def as_store_unavailable() -> Iterator[None]:
    """Raise ``StoreUnavailable`` where the log says that its file can't be used now."""
    try:
        yield
    except LogUnavailable as error:
        raise StoreUnavailable(str(error)) from error
    except sqlite3.Error as error:
        if not is_unavailability(error):
            raise
        raise StoreUnavailable(f"the event log can't be read: {error}") from error
