"""msgspec's words for what it refuses, as stable codes and as sentences for people.

The codes follow from the words, since msgspec raises one type for everything; tests pin them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

_NAMES = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "object": "an object",
    "array": "a list",
    "null": "null",
}

_CODES = (
    (re.compile(r"Invalid enum value"), "invalid-value"),
    (re.compile(r"out of range|` (?:<|>)|multiple of"), "out-of-range"),
    (re.compile(r"`str` of length <="), "too-long"),
    (re.compile(r"`str` of length >="), "too-short"),
    (re.compile(r"`array` of length <="), "too-many-items"),
    (re.compile(r"`array` of length >="), "too-few-items"),
    (re.compile(r", got `"), "invalid-type"),
)


def code_and_detail(error: msgspec.ValidationError, allowed: Sequence[str] = ()) -> tuple[str, str]:
    """Translate a refusal; ``allowed`` are the values that the place may have, where few."""
    words = str(error).partition(" - at `")[0]
    code = next((code for pattern, code in _CODES if pattern.search(words)), "invalid-value")
    if code == "invalid-value" and allowed:
        return code, f"One of: {', '.join(allowed)}."
    return code, f"{re.sub(r'`([^`]*)`', _for_people, words)}."


def _for_people(quoted: re.Match[str]) -> str:
    return " or ".join(_NAMES.get(name, name) for name in quoted[1].split(" | "))
