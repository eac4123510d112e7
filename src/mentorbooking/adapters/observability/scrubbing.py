"""What must not stand in a log, taken out at the last moment.

Logs are kept longer and read by more people than data: addresses, tokens and passwords never
belong in them. Nobody writes them there on purpose; they slip in with the text of an error. So
the texts are looked through, and once more the finished line, whichever way it was made.
"""

from __future__ import annotations

import re
from typing import Any, Final

from structlog.typing import EventDict

HIDDEN: Final = "[hidden]"

_FIELDS: Final = frozenset(
    {
        "address",
        "authorization",
        "email",
        "invitation",
        "password",
        "refresh_token",
        "secret",
        "secret_key",
        "signature",
        "token",
    }
)
# Each letter is looked at once or twice, however long a text is and whoever chose it.
_PATTERNS: Final = (
    # user:password@host in a URL, before the part behind the colon looks like an address
    (re.compile(r"(?<=://)[^\s/@\"']+@"), f"{HIDDEN}@"),
    (re.compile(r"(?<![\w.+-])(?:[\w.+-]++@[\w-]++(?:\.[\w-]++)++)+"), "[address]"),
    (re.compile(r"(?i)\bbearer\s+[\w.~+/=-]+"), "[token]"),
    (re.compile(r"\beyJ[\w-]{8,}(?:\.[\w-]+){0,2}"), "[token]"),
    (
        re.compile(r"(?i)\b((?:\w*token|signature|invitation|password)=)[^\s&\"'\\]+"),
        rf"\1{HIDDEN}",
    ),
)
_SIGNS: Final = re.compile(r"[@=]|(?i:bearer)|eyJ")


def hide_fields(_: Any, __: str, fields: EventDict) -> EventDict:
    """Hide whole fields by their names, and what looks like a secret in the texts of others."""
    for name, value in fields.items():
        if name in _FIELDS:
            fields[name] = HIDDEN
        elif isinstance(value, str):
            fields[name] = _without_secrets(value)
    return fields


def hide_in_line(_: Any, __: str, line: Any) -> str:
    """Hide what looks like an address, a token or a password in a finished line."""
    return _without_secrets(str(line))


def _without_secrets(text: str) -> str:
    if _SIGNS.search(text):
        for pattern, instead in _PATTERNS:
            text = pattern.sub(instead, text)
    return text
