"""Why a command is declined. Whoever tells a caller of it translates; nobody there decides."""

from __future__ import annotations

from typing import Any

import msgspec


class Refused(Exception):
    """A rule declined a command. ``code`` is stable; the text is for people."""

    code: str = "refused"

    def __init__(self, detail: str, **extra: Any) -> None:
        """``extra`` is told to the caller beside the detail (say, ``alternatives``)."""
        super().__init__(detail)
        self.detail = detail
        self.extra = extra


class NotFound(Refused):
    """There is no such thing, or the caller may not know of it."""

    code = "not-found"


class Forbidden(Refused):
    """The caller may know of it and may not do this."""

    code = "forbidden"


class Conflict(Refused):
    """The present state does not allow it."""


class VersionMismatch(Refused):
    """The caller decided on another version than the present one (RFC 9110, If-Match)."""

    code = "version-mismatch"


class FieldError(msgspec.Struct, frozen=True):
    """One thing wrong with one place of the content: ``pointer`` is a JSON Pointer (RFC 6901).

    Of what is no JSON document, such as a query, it is the plain name of the place.
    """

    pointer: str
    code: str
    detail: str


class InvalidContent(Refused):
    """Well-formed, but not acceptable; every error at once."""

    code = "invalid-content"

    def __init__(self, *errors: FieldError) -> None:
        super().__init__("The content is not valid; see errors.")
        self.errors = errors
