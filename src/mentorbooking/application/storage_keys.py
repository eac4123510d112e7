"""Where files are kept in object storage."""

from __future__ import annotations

from datetime import datetime


def timestamped(own_id: str, now: datetime) -> str:
    """Return a folder's name that sorts by time and never meets another's: it ends in an id."""
    return f"{now:%Y%m%dT%H%M%SZ}-{own_id}"


def import_key(import_id: str, now: datetime) -> str:
    """Return the key of an uploaded file of mentors."""
    return f"mentors-import/{timestamped(import_id, now)}/mentors.csv"
