"""Strict decoding of JSON into structs, telling every error of a body at once.

msgspec stops at the first error. So what it accepts is taken at its word, and what it refuses is
taken apart: an object becomes a mapping of ``msgspec.Raw`` and is converted field by field, as
deep as it goes, and each failure is kept with its place (RFC 6901, section 6).

Rules that a type can't say (text is trimmed, a time zone is known) are functions that return the
value as it is kept or raise ``Unacceptable``. A field's type carries its rule:
``Annotated[str, Meta(extra={"rule": check_time_zone})]``. No rule is written here.

Of a member that an object repeats, the last one counts: RFC 8259, section 4, leaves it open.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from typing import Any, Generic, NoReturn, TypeVar

import msgspec

from mentorbooking.domain.kernel.errors import FieldError, InvalidContent
from mentorbooking.entrypoints.decoding.half_characters import made_whole
from mentorbooking.entrypoints.decoding.malformed import Malformed
from mentorbooking.entrypoints.decoding.places import EnoughErrors, place_of

T = TypeVar("T", bound=msgspec.Struct)


class Decoder(Generic[T]):
    """Decodes JSON into one type of struct. Made once per type: that is what costs."""

    def __init__(self, kind: type[T]) -> None:
        self._decode = msgspec.json.Decoder(kind).decode
        self._place = place_of(kind)
        self._kind = kind

    def from_json(self, raw: bytes) -> T:
        """Decode a body. Raises ``Malformed`` or ``InvalidContent``."""
        try:
            value = self._decode(raw)
        except msgspec.ValidationError as refusal:
            if not _is_read_whole(raw):
                self._refuse_unread(raw)
            self._refuse(raw, refusal)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            self._refuse_unread(raw)
        return self._cleaned(value)

    def from_members(self, members: dict[str, Any]) -> T:
        """Convert members that came another way than as JSON. Raises ``InvalidContent``."""
        try:
            value = msgspec.convert(members, self._kind)
        except msgspec.ValidationError as refusal:
            self._refuse(msgspec.json.encode(members), refusal)
        return self._cleaned(value)

    def _cleaned(self, value: T) -> T:
        if self._place.has_rules:
            errors: list[FieldError] = []
            with suppress(EnoughErrors):
                self._place.clean(value, "#", errors)
            if errors:
                raise InvalidContent(*errors)
        return value

    def _refuse_unread(self, raw: bytes) -> NoReturn:
        """Refuse what msgspec can't read: no JSON, or JSON with halves of characters in it."""
        errors: list[FieldError] = []
        with suppress(EnoughErrors):
            whole = made_whole(raw, errors)
            if whole is None:
                raise Malformed("The body is not JSON (RFC 8259) in UTF-8.")
            errors += self._errors_elsewhere(whole, {error.pointer for error in errors})
        raise InvalidContent(*errors)

    def _errors_elsewhere(self, raw: bytes, places: Collection[str]) -> list[FieldError]:
        try:
            self.from_json(raw)
        except InvalidContent as refusal:
            return [error for error in refusal.errors if error.pointer not in places]
        except Malformed:
            pass  # a number that no machine holds, once it was written again
        return []

    def _refuse(self, raw: bytes, refusal: msgspec.ValidationError) -> NoReturn:
        errors: list[FieldError] = []
        with suppress(EnoughErrors):
            self._place.take_apart(msgspec.Raw(raw), "#", errors, refusal)
        raise InvalidContent(*errors)


def _is_read_whole(raw: bytes) -> bool:
    """Tell whether msgspec can also read what is behind the first error of the content."""
    try:
        msgspec.json.decode(raw)
    except msgspec.ValidationError:
        return True  # JSON with a number that no machine holds
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True
