"""What becomes of a mutant: a function with one change that somebody could have made by mistake."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple


class Fate(Enum):
    """How it went with a mutant."""

    REFUSED_BY_TYPES = "types"
    KILLED_BY_TESTS = "tests"
    SURVIVED = "survived"
    NOT_REACHED = "no test"
    NOT_TRIED = "not tried"


class Mutant(NamedTuple):
    """``was`` and ``becomes`` are the lines that differ, without indentation.

    They are empty where no test reaches the function: then there is nothing to see in them.
    """

    file: str
    function: str
    fate: Fate
    was: str = ""
    becomes: str = ""

    @property
    def lives(self) -> bool:
        return self.fate not in {Fate.REFUSED_BY_TYPES, Fate.KILLED_BY_TESTS}


def changed_lines(diff: Sequence[str]) -> tuple[str, str]:
    """Return the lines that go and those that come; what only moves is neither."""
    gone = [line[1:].strip() for line in diff if line.startswith("-")]
    come = [line[1:].strip() for line in diff if line.startswith("+")]
    moved = Counter(gone) & Counter(come)
    return _without(gone, moved), _without(come, moved)


def _without(lines: Sequence[str], moved: Counter[str]) -> str:
    left = moved.copy()
    kept = []
    for line in lines:
        if left[line]:
            left[line] -= 1
        else:
            kept.append(line)
    return "\n".join(kept)
