"""Where files are kept in object storage."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

IMPORTS: Final = "mentors-import"
EXPORTS: Final = "booking-exports"
"""The folders at the top: where storage forgets, it forgets by them."""

_IMPORT_KEY: Final = re.compile(rf"{IMPORTS}/\d{{8}}T\d{{6}}Z-(import_[0-9a-z]+)/mentors\.csv")


def timestamped(own_id: str, now: datetime) -> str:
    """Return a folder's name that sorts by time and never meets another's: it ends in an id."""
    return f"{now:%Y%m%dT%H%M%SZ}-{own_id}"


def import_key(import_id: str, now: datetime) -> str:
    """Return the key of an uploaded file of mentors."""
    return f"{IMPORTS}/{timestamped(import_id, now)}/mentors.csv"


def import_of(key: str) -> str | None:
    """Return whose uploaded file is under a key; None for what is no such key."""
    found = _IMPORT_KEY.fullmatch(key)
    return found and found[1]


def export_key(export_id: str, requested_at: datetime) -> str:
    """Return the key of a file of bookings; asked for anew, it has the same."""
    return f"{EXPORTS}/{timestamped(export_id, requested_at)}/bookings.csv"


def export_file_name(export_id: str) -> str:
    """Return what a file of bookings is called when it is downloaded."""
    return f"bookings-{export_id}.csv"
