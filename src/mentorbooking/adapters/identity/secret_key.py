"""The one secret of an installation, and the keys that are derived from it by purpose.

It comes from a setting, or is made once and kept in the data directory. Nothing is signed with
the secret itself: every purpose has a key of its own (HKDF with SHA-256, RFC 5869), so that
what was signed for one purpose means nothing to another.
"""

from __future__ import annotations

import hmac
import os
import stat
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

SHORTEST = 32
"""Least number of characters of a secret."""

FILE_NAME = "secret.key"


class UnusableSecret(Exception):
    """The secret is too short, or others can read it. The text never quotes it."""


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    """32 bytes each. Not to be shown: it has no ``repr`` of its own."""

    access_tokens: bytes
    links: bytes
    invitations: bytes
    cursors: bytes


def derive_keys(secret: bytes) -> Keys:
    return Keys(
        access_tokens=_derive(secret, "access-token"),
        links=_derive(secret, "link"),
        invitations=_derive(secret, "invitation"),
        cursors=_derive(secret, "cursor"),
    )


def _derive(secret: bytes, purpose: str) -> bytes:
    """Extract without a salt, then expand to one block (RFC 5869, sections 2.2 and 2.3)."""
    info = f"mentorbooking/{purpose}/1".encode()
    extracted = hmac.digest(bytes(32), secret, "sha256")
    return hmac.digest(extracted, info + b"\x01", "sha256")


def secret_from_setting(text: str) -> bytes:
    """Take the secret as it was set; ``UnusableSecret`` when it is too short."""
    if len(text) < SHORTEST:
        raise UnusableSecret(f"the secret needs at least {SHORTEST} characters")
    return text.encode()


def kept_secret(folder: Path, token_bytes: Callable[[int], bytes]) -> bytes:
    """Return the secret that is kept in ``FOLDER/secret.key``; make it the first time.

    ``token_bytes(n)`` returns n random bytes. Of several first starts at once all return the
    same secret. Raises ``UnusableSecret`` when the file is too short or anybody but its owner
    may read or write it, ``OSError`` when it can't be read or made.
    """
    path = folder / FILE_NAME
    if not path.exists():
        _make(path, token_bytes)
    with path.open(encoding="ascii") as file:
        mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
        if os.name == "posix" and mode & 0o077:
            raise UnusableSecret(f"others can read {path}; run: chmod 600 {path}")
        try:
            return secret_from_setting(file.read().strip())
        except (UnusableSecret, UnicodeDecodeError):
            raise UnusableSecret(f"{path} holds no secret; restore or remove it") from None


def _make(path: Path, token_bytes: Callable[[int], bytes]) -> None:
    """Put a new secret there, whole and durable, unless somebody else was first.

    Linking, unlike renaming, never replaces what is there.
    """
    unfinished = path.with_name(f".{FILE_NAME}.{token_bytes(8).hex()}")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(token_bytes(32).hex() + "\n")
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            path.hardlink_to(unfinished)
    finally:
        unfinished.unlink()
    _sync(path.parent)


def _sync(folder: Path) -> None:
    """Make a new name last through a loss of power."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
