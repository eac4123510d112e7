"""How texts are compared where people do not mind capitals or accents."""

from __future__ import annotations

import unicodedata
from typing import Final

_NOT_DECOMPOSED: Final = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"}
)
"""Letters with a stroke or joined letters, which Unicode does not take apart."""


def ignoring_case(text: str) -> str:
    """Return what two texts have in common that differ in capitals only."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold()).strip()


def ignoring_accents(text: str) -> str:
    """Return what to sort by, so that ``Łukasz`` stands beside ``Lukas``."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return letters.translate(_NOT_DECOMPOSED).strip()
