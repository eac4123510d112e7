"""Tells the views table's being out of reach in the application's words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from botocore.exceptions import ParamValidationError

from mentorbooking.adapters.aws.failures import CALL_FAILED, failure_code
from mentorbooking.application.ports.aggregate_store import StoreUnavailable

_MISTAKES: Final = frozenset({"ValidationException", "SerializationException"})


@contextmanager
def as_views_unavailable() -> Iterator[None]:
    """Raise ``StoreUnavailable`` where DynamoDB can't be reached, is throttling or refuses.

    A request that could never be right, such as one for a row that is too large, is raised as
    it is: it says something of the row, and nothing of the machine.
    """
    try:
        yield
    except ParamValidationError:
        raise
    except CALL_FAILED as error:
        if failure_code(error) in _MISTAKES:
            raise
        raise StoreUnavailable(
            f"the read models can't be reached: {failure_code(error)}"
        ) from error
