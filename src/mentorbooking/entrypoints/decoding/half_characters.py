r"""Halves of characters: what JSON can write and no text can hold.

``"\ud800"`` keeps to the grammar of JSON (RFC 8259, section 8.2), and msgspec refuses it as if it
did not. So what msgspec has refused is looked at once more, to tell the one from the other.
"""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

from mentorbooking.domain.kernel.errors import FieldError
from mentorbooking.entrypoints.decoding.places import add_error, step_of

_HALF = re.compile("[\ud800-\udfff]")
_DETAIL = "Text without halves of characters (surrogates that are not a pair)."


def made_whole(raw: bytes, errors: list[FieldError]) -> bytes | None:
    """Return the JSON with a question mark for each half, and add the places that held one.

    None for what is no JSON, lies too deep, or holds none. Raises ``EnoughErrors``.
    """
    before = len(errors)
    try:
        whole = json.dumps(_whole(json.loads(raw.decode(), parse_constant=_no_json), "#", errors))
    except (ValueError, RecursionError):
        return None
    return whole.encode() if len(errors) > before else None


def _whole(value: Any, pointer: str, errors: list[FieldError]) -> Any:
    match value:
        case str():
            return _text(value, pointer, errors)
        case list():
            return [_whole(item, f"{pointer}/{n}", errors) for n, item in enumerate(value)]
        case dict():
            members = {_text(name, pointer, errors): inner for name, inner in value.items()}
            return {
                name: _whole(inner, f"{pointer}/{step_of(name)}", errors)
                for name, inner in members.items()
            }
        case _:
            return value


def _text(text: str, pointer: str, errors: list[FieldError]) -> str:
    whole = _HALF.sub("?", text)
    if whole != text:
        add_error(errors, FieldError(pointer, "invalid-text", _DETAIL))
    return whole


def _no_json(constant: str) -> NoReturn:
    raise ValueError(constant)
