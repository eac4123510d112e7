"""E-mail addresses: what counts as one, and when two of them are the same."""

from __future__ import annotations

import unicodedata

import msgspec
from email_validator import EmailNotValidError, validate_email

from mentorbooking.domain.kernel.unacceptable import Unacceptable

_LONGEST = 254
"""RFC 5321, section 4.5.3.1.3, as corrected by erratum 1690. Also what bounds the work below."""


class TypedEmail(msgspec.Struct, frozen=True):
    """``shown`` is as typed, trimmed and in NFC; ``normalised`` is equal for equal addresses."""

    shown: str
    normalised: str


def read_email(text: str) -> TypedEmail:
    """Read an address, or raise ``Unacceptable`` with ``invalid-email``.

    No DNS is asked. The domains reserved for examples and tests (RFC 2606) are accepted; a domain
    without a dot, ``.local``, ``.localhost``, ``.invalid``, quoted local parts and address
    literals are not. Two addresses are the same without regard to case, and whether their domain
    is written in letters or in Punycode.
    """
    trimmed = text.strip()
    if len(trimmed) > _LONGEST:
        raise _refused()
    try:
        found = validate_email(trimmed, check_deliverability=False, test_environment=True)
    except EmailNotValidError as reason:
        raise _refused() from reason
    if "." not in found.domain:
        raise _refused()
    return TypedEmail(unicodedata.normalize("NFC", trimmed), found.normalized.lower())


def normalise_email(text: str) -> str:
    """Return what equal addresses have in common; raises as ``read_email`` does."""
    return read_email(text).normalised


def _refused() -> Unacceptable:
    return Unacceptable("invalid-email", "An e-mail address such as anna@example.org.")
