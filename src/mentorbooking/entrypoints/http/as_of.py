"""The ``as_of`` of a body: how it is read, and a lane in it that this log does not have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

import msgspec

from mentorbooking.application.bookings_export.as_of import read_as_of
from mentorbooking.application.positions import LogPlace
from mentorbooking.domain.kernel.errors import FieldError, InvalidContent
from mentorbooking.domain.kernel.unacceptable import Unacceptable
from mentorbooking.entrypoints.decoding.decoder import Decoder
from mentorbooking.entrypoints.decoding.fields import AsOf
from mentorbooking.entrypoints.decoding.malformed import Malformed
from mentorbooking.entrypoints.http.operations import RefusedRequest


class _Content(msgspec.Struct, frozen=True):
    as_of: AsOf | None = None


_read_content = Decoder(_Content).from_json


def place_or_instant(as_of: str, lanes: int) -> LogPlace | datetime:
    """Return what is meant. Raises ``InvalidContent`` for a lane that the log does not have."""
    errors = tuple(_errors_of_lane(as_of, lanes))
    if errors:
        raise InvalidContent(*errors)
    return read_as_of(as_of, lanes)


def errors_of_as_of(refused: RefusedRequest) -> Iterable[FieldError]:
    """Return that the lane is not there, if ``as_of`` can be read."""
    try:
        as_of = _read_content(refused.raw).as_of
    except (InvalidContent, Malformed):
        return ()
    return () if as_of is None else _errors_of_lane(as_of, refused.lanes)


def _errors_of_lane(as_of: str, lanes: int) -> Iterator[FieldError]:
    try:
        read_as_of(as_of, lanes)
    except Unacceptable as refusal:
        yield FieldError("#/as_of", refusal.code, refusal.detail)
