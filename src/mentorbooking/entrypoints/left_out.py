"""Keeping out what other people's libraries import only because it happens to be there.

It comes along with what the command line, the web framework and the tests need, and costs a process
that has no use for it memory and a longer start. A module that is None counts as one that is not
installed (https://docs.python.org/3/reference/import.html#the-module-cache).
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager


def leave_out(*names: str) -> Collection[str]:
    """Keep modules out of this process; return those that had not been imported before."""
    absent = [name for name in names if name not in sys.modules]
    for name in absent:
        sys.modules[name] = None  # type: ignore[assignment]  # as the reference says
    return absent


@contextmanager
def left_out(*names: str) -> Iterator[None]:
    """Keep modules out while the body imports what would look for them."""
    absent = leave_out(*names)
    try:
        yield
    finally:
        for name in absent:
            del sys.modules[name]


def leave_out_other_peoples_keys() -> None:
    """Keep cryptography out, 9 MB, where no user pool is.

    PyJWT reads the tokens of others by it, and signs our own without.
    """
    leave_out("cryptography")
