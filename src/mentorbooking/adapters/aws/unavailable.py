"""Tells AWS's being unavailable in the application's words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from mentorbooking.adapters.aws.failures import CALL_FAILED, failure_code
from mentorbooking.application.ports.unavailable import StoreUnavailable

_OURS: Final = {"ValidationException", "SerializationException", "ParamValidationError"}
"""Requests that can never be right, whatever the service's state."""


@contextmanager
def as_store_unavailable(what: str) -> Iterator[None]:
    """Raise ``StoreUnavailable`` where a service can't be reached, is throttling or refuses."""
    try:
        yield
    except CALL_FAILED as error:
        code = failure_code(error)
        if code in _OURS:
            raise
        raise StoreUnavailable(f"{what} can't be used now: {code}") from error
