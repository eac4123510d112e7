"""What text may be: NFC, trimmed, without control characters, and no longer than its field."""

from __future__ import annotations

import re
import unicodedata

from mentorbooking.domain.kernel.unacceptable import Unacceptable

NAME_LIMIT = 200
TITLE_LIMIT = 200
REASON_LIMIT = 1_000
DESCRIPTION_LIMIT = 5_000
BIO_LIMIT = 10_000

_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_BREAKS = re.compile(r"[\t\r\n\u2028\u2029]+")

_MARKS_IN_A_ROW = 30
"""The Stream-Safe Text Format, UAX #15, section 13: longer runs make normalising quadratic."""

_COMPOSED_FROM = 4
"""At most so many code points become one in NFC (U+1F82, for example)."""


def clean_text(text: str, *, limit: int, multiline: bool = False) -> str:
    """Return ``text`` in NFC and trimmed; it may be empty.

    ``limit`` counts characters (code points) of the result. Text of one line gets a blank for
    each run of tabs and line breaks; ``multiline`` text keeps them.

    Raises ``Unacceptable`` with ``invalid-text`` for control characters other than tabs and line
    breaks, for halves of surrogate pairs, and for more than 30 combining marks in a row, and
    with ``too-long``.
    """
    if len(text.strip()) > limit * _COMPOSED_FROM:
        raise _too_long(limit)
    if _FORBIDDEN.search(text):
        raise Unacceptable(
            "invalid-text", "Text without control characters other than tabs and line breaks."
        )
    if not text.isascii():
        if _piles_up_marks(text):
            raise Unacceptable(
                "invalid-text", f"Text with at most {_MARKS_IN_A_ROW} combining marks in a row."
            )
        text = unicodedata.normalize("NFC", text)
    if not multiline:
        text = _BREAKS.sub(" ", text)
    text = text.strip()
    if len(text) > limit:
        raise _too_long(limit)
    return text


def not_empty(text: str) -> str:
    """Return the text, or raise ``Unacceptable`` with ``missing-value`` where there is none."""
    if not text:
        raise Unacceptable("missing-value", "It must not be empty.")
    return text


def _piles_up_marks(text: str) -> bool:
    run = 0
    for character in text:
        run = run + 1 if unicodedata.combining(character) else 0
        if run > _MARKS_IN_A_ROW:
            return True
    return False


def _too_long(limit: int) -> Unacceptable:
    return Unacceptable("too-long", f"At most {limit:,} characters.")
