"""Between the terms of the eventsourcing library and the log's."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Literal, get_args
from uuid import UUID

from eventsourcing.persistence import IntegrityError, OperationalError

from mentorbooking.adapters.persistence.requests import (
    ConstraintViolated,
    LogUnavailable,
    StreamConflict,
)

OriginatorIdType = Literal["uuid", "text"]


class OriginatorIds:
    """Originator ids as streams are named for them: a UUID by its hex digits, a text as it is."""

    def __init__(self, kind: str = "uuid") -> None:
        """Raise ``OSError``, as the library does for its settings, for another kind."""
        if kind not in get_args(OriginatorIdType):
            raise OSError(f"ORIGINATOR_ID_TYPE must be 'uuid' or 'text', not {kind!r}")
        self._is_uuid = kind == "uuid"

    def stream(self, originator_id: UUID | str) -> str:
        return originator_id.hex if isinstance(originator_id, UUID) else originator_id

    def originator_id(self, stream: str) -> UUID | str:
        return UUID(stream) if self._is_uuid else stream


@contextlib.contextmanager
def library_errors() -> Iterator[None]:
    """Raise the library's errors for the log's."""
    try:
        yield
    except (StreamConflict, ConstraintViolated) as error:
        raise IntegrityError(str(error)) from error
    except LogUnavailable as error:
        raise OperationalError(str(error)) from error
