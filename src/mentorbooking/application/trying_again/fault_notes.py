"""An error as it may be kept and shown: its class and a few words, without personal data."""

from __future__ import annotations

from pathlib import PurePath
from traceback import extract_tb
from typing import Final

LONGEST: Final = 200


def fault_note(error: BaseException) -> str:
    """Name what went wrong. E-mail addresses are masked and long texts are cut."""
    words = " ".join("…@…" if "@" in word else word for word in str(error).split())
    note = f"{type(error).__name__}: {words}" if words else type(error).__name__
    return note if len(note) <= LONGEST else f"{note[: LONGEST - 1]}…"


def fault_place(error: BaseException) -> str:
    """Name the file and line that raised it, for logs."""
    frames = extract_tb(error.__traceback__)
    return f"{PurePath(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
