"""Instants as people and programs write them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import msgspec

_WithOffset = Annotated[datetime, msgspec.Meta(tz=True)]


def instant_of(text: str) -> datetime | None:
    """Read an RFC 3339 instant with an offset, in UTC; None when it is none."""
    try:
        return msgspec.convert(text, _WithOffset).astimezone(UTC)
    except (msgspec.ValidationError, OverflowError):
        return None
