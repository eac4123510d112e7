"""Searching texts for words as people mean it: capitals and accents do not matter.

The rules are those of SQLite's ``unicode61 remove_diacritics 2 tokenchars '+#'``
(https://www.sqlite.org/fts5.html#unicode61_tokenizer), so that both backends find the same; it
knows no letters that are younger than Unicode 6.1.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from functools import lru_cache

from mentorbooking.application.read_models.finding_mentors import LETTERS_BESIDES, words_typed


def searchable(text: str) -> str:
    """Return a text's words, each between blanks: what ``Words`` looks into."""
    return f" {' '.join(_words(text))} "


class Words:
    """What somebody typed: all of it must occur, the last word as a beginning. Parts of a word
    such as ``event-sourcing`` must stand together.
    """

    def __init__(self, typed: str) -> None:
        phrases = [f" {' '.join(_words(word))} " for word in words_typed(typed)]
        self._sought = [*phrases[:-1], *(phrase[:-1] for phrase in phrases[-1:])]

    def occur_in(self, fields: Sequence[str]) -> bool:
        """Tell whether each is in one of the ``searchable`` texts; no words are in none."""
        return bool(self._sought) and all(
            any(phrase in field for field in fields) for phrase in self._sought
        )


def _words(text: str) -> list[str]:
    return "".join(map(_plain, text)).split()


@lru_cache(maxsize=4096)
def _plain(letter: str) -> str:
    """Return a letter as it is compared; a blank for what stands between words."""
    folded = _one_letter(str.casefold, _one_letter(str.lower, letter))
    base, *marks = list(unicodedata.normalize("NFD", folded))
    if base.isascii() and base.isalpha() and all(map(unicodedata.combining, marks)):
        return base
    if "\u0300" <= folded <= "\u0331":
        return ""  # an accent on its own
    category = unicodedata.category(folded)
    is_letter = category[0] in "LN" or category == "Co" or folded in LETTERS_BESIDES
    return folded if is_letter else " "


def _one_letter(fold: Callable[[str], str], letter: str) -> str:
    """Return the letter as it was where folding would make several of it."""
    folded = fold(letter)
    return folded if len(folded) == 1 else letter
