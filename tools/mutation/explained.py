"""Which mutants may live, and why."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Sequence
from fnmatch import fnmatch
from pathlib import Path
from typing import Final

import msgspec

from tools.mutation.mutants import Fate, Mutant

FILE: Final = Path(__file__).with_name("explained.toml")

_LITERAL = re.compile(r'"[^"]*"')
_SEVERAL_WORDS = re.compile(r"[^\W\d_]{2,}[,.;:]? [^\W\d_]{2,}")


class Explained(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Survivors of a line that make no difference, or none that a test should be made for."""

    file: str
    function: str
    was: str
    reason: str
    becomes: str | None = None

    def covers(self, mutant: Mutant) -> bool:
        """Tell whether this is about a mutant; without ``becomes``: all of the line."""
        return (
            (mutant.file, mutant.function) == (self.file, self.function)
            and mutant.was == self.was.strip()
            and self.becomes in (None, mutant.becomes)
        )


class NotReached(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Files of which the quick tests do not call everything, as others do."""

    files: tuple[str, ...]
    reason: str

    def covers(self, mutant: Mutant) -> bool:
        return mutant.fate is Fate.NOT_REACHED and any(
            fnmatch(mutant.file, pattern) for pattern in self.files
        )


class Explanations(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The list that is kept beside this file."""

    mutant: tuple[Explained, ...] = ()
    not_reached: tuple[NotReached, ...] = ()

    @classmethod
    def read(cls, file: Path = FILE) -> Explanations:
        return msgspec.convert(tomllib.loads(file.read_text()), cls)

    def reason_for(self, mutant: Mutant) -> str | None:
        """Return why a mutant may live; None: it must not."""
        if says_the_same_in_other_letters(mutant):
            return "words for people: tests do not repeat them"
        if "assert_never(" in mutant.was:
            return "the type checker sees to it that this line is never reached"
        each: Explained | NotReached
        for each in (*self.mutant, *self.not_reached):
            if each.covers(mutant):
                return each.reason
        return None

    def without_mutants(self, mutants: Sequence[Mutant]) -> Iterable[Explained]:
        """Yield what is explained and does not live, of the files that were mutated."""
        files = {mutant.file for mutant in mutants}
        for each in self.mutant:
            if each.file in files and not any(each.covers(mutant) for mutant in mutants):
                yield each


def says_the_same_in_other_letters(mutant: Mutant) -> bool:
    """Tell whether only one text of several words differs: by its case, or by an XX around it."""
    if _LITERAL.sub('""', mutant.was) != _LITERAL.sub('""', mutant.becomes):
        return False
    texts = zip(_LITERAL.findall(mutant.was), _LITERAL.findall(mutant.becomes), strict=True)
    changed = [before for before, after in texts if before != after]
    return len(changed) == 1 and _SEVERAL_WORDS.search(changed[0]) is not None
