"""What the program's exit code says."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """A machine reads the number; ``meaning`` is for the help page."""

    OK = 0
    FAILED = 1
    USAGE = 2
    REFUSED = 3
    UNUSABLE = 4

    @property
    def meaning(self) -> str:
        return _MEANINGS[self]


_MEANINGS = {
    ExitCode.OK: "done",
    ExitCode.FAILED: "done, with a bad result: rows failed, a log is not whole, a rebuild failed",
    ExitCode.USAGE: "no such command, option or value",
    ExitCode.REFUSED: "refused by a rule; nothing was changed",
    ExitCode.UNUSABLE: "the surroundings don't allow it: data, disk, port, AWS, a setting",
}
