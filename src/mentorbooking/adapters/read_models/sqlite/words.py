"""What people type into a search box, as an FTS5 expression that they have no say in."""

from __future__ import annotations

from typing import Final

MOST_WORDS: Final = 32
_LETTERS_BESIDES: Final = frozenset("+#")


def words_to_match(text: str) -> str | None:
    """Return what matches all words of a text, the last one as a beginning; None: it has none.

    Each word is a quoted string (https://www.sqlite.org/fts5.html#fts5_strings), in which
    nothing but the quote means anything. Words past the first 32 are left out.
    """
    visible = "".join(letter if letter.isprintable() else " " for letter in text)
    words = [word for word in visible.split() if any(map(_is_letter, word))][:MOST_WORDS]
    if not words:
        return None
    return " ".join('"' + word.replace('"', '""') + '"' for word in words) + "*"


def _is_letter(letter: str) -> bool:
    return letter.isalnum() or letter in _LETTERS_BESIDES
