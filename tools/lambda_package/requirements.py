"""Which of the service's requirements its functions use."""

from __future__ import annotations

import re
from typing import Final

LEFT_OUT: Final = frozenset(
    {
        *("click", "colorama", "markdown-it-py", "mdurl", "pygments", "rich", "rich-click"),
        *("h11", "httptools", "uvicorn", "uvloop"),
        *("faker", "httpcore", "httpx", "litestar-htmx", "polyfactory"),
    }
)
"""What the command line, ``serve``, and parts of Litestar that nobody here uses stand on: half of
all by size."""


def of_the_functions(lock: str) -> str:
    """Return the entries of a lock, hashes included, that are not left out."""
    entries = re.split(r"\n(?=\S)", lock.strip())
    return "\n".join(entry for entry in entries if _name(entry) not in LEFT_OUT) + "\n"


def _name(entry: str) -> str:
    return entry.partition("==")[0].strip()
