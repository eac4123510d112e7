"""Numbers as people type them into a table."""

from __future__ import annotations

import re

from mentorbooking.domain.kernel.unacceptable import Unacceptable

_WHOLE = re.compile(r"([+-]?)([0-9]+)(?:\.0*)?")
_DECIMAL = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?")
_MOST_DIGITS = 12
"""More are no number of anything here; and ``int`` refuses some thousands (CVE-2020-10735)."""


def whole_number(text: str) -> int:
    """Read ``12``, ``+12``, ``-1`` or, as spreadsheets write it, ``12.0``.

    Raises ``Unacceptable`` with ``invalid-number``, or ``out-of-range`` for absurdly long ones.
    """
    number = _WHOLE.fullmatch(text)
    if number is None:
        raise Unacceptable("invalid-number", "A whole number in digits.")
    sign, digits = number.groups()
    digits = digits.lstrip("0") or "0"
    if len(digits) > _MOST_DIGITS:
        raise Unacceptable("out-of-range", f"A whole number of at most {_MOST_DIGITS} digits.")
    return int(sign + digits)


def decimal_number(text: str, *, decimal_comma: bool) -> float:
    """Read ``30``, ``30.5`` and, where ``decimal_comma`` allows it, ``30,5``.

    No thousands separators, exponents or currency signs: ``invalid-number``.
    """
    if decimal_comma:
        text = text.replace(",", ".")
    if not _DECIMAL.fullmatch(text):
        raise Unacceptable("invalid-number", "A number in digits, without thousands separators.")
    return float(text)
