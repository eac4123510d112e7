"""Instants as people and programs write them."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from mentorbooking.domain.kernel.unacceptable import Unacceptable


def read_instant(text: str) -> datetime:
    """Read an RFC 3339 instant; it keeps the offset it is written with.

    Raises ``Unacceptable``, also for an offset without its colon (+0100), which msgspec takes and
    section 5.6 does not know.
    """
    try:
        instant = msgspec.convert(text, datetime)
    except msgspec.ValidationError:
        raise _no_instant() from None
    if instant.tzinfo is None:
        detail = "The offset from UTC is missing: Z, or one such as +02:00."
        raise Unacceptable("offset-required", detail)
    if text[-1] not in "Zz" and text[-3] != ":":
        raise _no_instant()
    return instant


def instant_of(text: str) -> datetime | None:
    """Read an RFC 3339 instant in UTC; None when it is none, or has no offset."""
    try:
        return read_instant(text).astimezone(UTC)
    except (Unacceptable, OverflowError):
        return None


def _no_instant() -> Unacceptable:
    return Unacceptable("invalid-instant", "An RFC 3339 instant such as 2026-12-01T09:00:00Z.")
