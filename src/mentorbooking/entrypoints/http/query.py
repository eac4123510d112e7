"""Strict decoding of query strings into structs, telling every error at once.

A parameter is told by its name, not by a pointer. What a struct does not name is refused, and so
is a single one that is repeated; a field that is a list may be repeated.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, Generic, TypeVar, get_args, get_origin
from urllib.parse import unquote_plus

import msgspec

from mentorbooking.domain.kernel.errors import FieldError, InvalidContent
from mentorbooking.entrypoints.decoding.decoder import Decoder
from mentorbooking.entrypoints.decoding.places import MOST_ERRORS, arms_of, metas_of, plain

T = TypeVar("T", bound=msgspec.Struct)


REMEMBERED = 512
LONGEST_REMEMBERED = 256


class NoParameters(msgspec.Struct, frozen=True):
    """What an operation reads that has no parameters."""


class QueryDecoder(Generic[T]):
    """Decodes query strings into one type of struct. Made once per type: that is what costs."""

    def __init__(self, kind: type[T]) -> None:
        self._decoder = Decoder(kind)
        self._readers = {
            field.encode_name: _reader_of(field.type) for field in msgspec.structs.fields(kind)
        }
        self._remembered = lru_cache(maxsize=REMEMBERED)(self._decode)

    def decode(self, query_string: bytes) -> T:
        """Decode the part behind the question mark. Raises ``InvalidContent``.

        Many ask the same, so answers are remembered and shared: they are not to be changed.
        """
        if len(query_string) > LONGEST_REMEMBERED:
            return self._decode(query_string)
        return self._remembered(query_string)

    def decode_what_is_known(self, query_string: bytes) -> T | None:
        """Decode what the struct names, whatever else is there; None if some of it is wrong."""
        members: dict[str, Any] = {}
        errors: list[FieldError] = []
        try:
            self._read(query_string, members, errors)
            if any(error.pointer in self._readers for error in errors):
                return None
            return self._decoder.from_members(members)
        except InvalidContent:
            return None

    def _decode(self, query_string: bytes) -> T:
        members: dict[str, Any] = {}
        errors: list[FieldError] = []
        self._read(query_string, members, errors)
        try:
            decoded = self._decoder.from_members(members)
        except InvalidContent as refusal:
            errors.extend(_as_parameter(error) for error in refusal.errors)
        if errors:
            raise InvalidContent(*errors)
        return decoded

    def _read(self, query_string: bytes, members: dict[str, Any], errors: list[FieldError]) -> None:
        for name, value in _pairs(query_string, errors):
            if len(errors) >= MOST_ERRORS:
                raise InvalidContent(*errors)
            if name not in self._readers:
                errors.append(
                    FieldError(name[:100], "unknown-parameter", "There is no such parameter.")
                )
                continue
            read, repeatable = self._readers[name]
            if repeatable:
                members.setdefault(name, []).append(read(value))
            elif name in members:
                errors.append(FieldError(name, "repeated-parameter", "It may be given once."))
            else:
                members[name] = read(value)


def _pairs(query_string: bytes, errors: list[FieldError]) -> Iterator[tuple[str, str]]:
    for part in query_string.split(b"&"):
        name, _, value = part.partition(b"=")
        if not part:
            continue
        try:
            yield _unquoted(name), _unquoted(value)
        except UnicodeDecodeError:
            errors.append(
                FieldError(name.decode("ascii", "replace")[:100], "invalid-text", "It is no UTF-8.")
            )


def _unquoted(quoted: bytes) -> str:
    text = quoted.decode("utf-8")
    if "%" in text or "+" in text:
        return unquote_plus(text, errors="strict")
    return text


_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,18}", re.ASCII)
_NUMBER = re.compile(r"-?[0-9]{1,18}(?:\.[0-9]{1,18})?", re.ASCII)


def _whole_number(text: str) -> int | str:
    return int(text) if _WHOLE_NUMBER.fullmatch(text) else text


def _number(text: str) -> float | str:
    return float(text) if _NUMBER.fullmatch(text) else text


def _truth(text: str) -> bool | str:
    return {"true": True, "false": False}.get(text.lower(), text)


def _instant(text: str) -> str:
    """Give a plus sign back that was sent unescaped, and so arrived as a blank."""
    return re.sub(r" (\d\d:\d\d)$", r"+\1", text)


_INSTANT = {"format": "date-time"}

_READERS: dict[Any, Callable[[str], Any]] = {
    int: _whole_number,
    float: _number,
    bool: _truth,
}


def _reader_of(annotation: Any) -> tuple[Callable[[str], Any], bool]:
    """Return what reads the text of a parameter, and whether it may be repeated.

    What can't be read stays text, which is then refused where its type is checked.
    """
    arms = arms_of(annotation)
    kinds = [plain(arm) for arm in arms]
    if get_origin(kinds[0]) is list:
        return _reader_of(get_args(kinds[0])[0])[0], True
    if any(meta.extra_json_schema == _INSTANT for meta in metas_of(arms[0])):
        return _instant, False
    return _READERS.get(float if float in kinds else kinds[0], str), False


def _as_parameter(error: FieldError) -> FieldError:
    name = error.pointer.removeprefix("#/").partition("/")[0]
    return FieldError(name, error.code, error.detail)
