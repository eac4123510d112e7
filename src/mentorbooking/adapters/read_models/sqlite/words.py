"""What people type into a search box, as an FTS5 expression that they have no say in."""

from __future__ import annotations

from mentorbooking.application.read_models.finding_mentors import words_typed


def words_to_match(text: str) -> str | None:
    """Return what matches all words of a text, the last one as a beginning; None: it has none.

    Each word is a quoted string (https://www.sqlite.org/fts5.html#fts5_strings), in which
    nothing but the quote means anything.
    """
    words = words_typed(text)
    if not words:
        return None
    return " ".join('"' + word.replace('"', '""') + '"' for word in words) + "*"
