"""Tells the log's being unavailable in the application's words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from mentorbooking.adapters.persistence.requests import LogUnavailable
from mentorbooking.application.ports.aggregate_store import StoreUnavailable


@contextmanager
def as_store_unavailable() -> Iterator[None]:
    """Raise ``StoreUnavailable`` where the log says that it can't be used now."""
    try:
        yield
    except LogUnavailable as error:
        raise StoreUnavailable(str(error)) from error
