"""Answers that are files."""

from __future__ import annotations

from typing import Final

CSV: Final = "text/csv; charset=utf-8"


def as_attachment(name: str) -> tuple[tuple[str, str], ...]:
    """Return the headers of a file to be saved under a name, and cached by nobody."""
    return (
        ("Content-Disposition", f'attachment; filename="{name}"'),
        ("Cache-Control", "private, no-store"),
    )
