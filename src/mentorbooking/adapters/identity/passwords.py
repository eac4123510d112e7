"""Passwords by Argon2id (RFC 9106), with the costs that OWASP asks for at least.

https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html
"""

from __future__ import annotations

import asyncio
import unicodedata
from base64 import b64encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar, TypeVarTuple, Unpack

import argon2
import msgspec
from argon2.exceptions import VerifyMismatchError

from mentorbooking.application.ports.identity import PasswordHasher

R = TypeVar("R")
Ts = TypeVarTuple("Ts")

AT_ONCE = 2
_SALT_BYTES = 16
_HASH_BYTES = 32


class Cost(msgspec.Struct, frozen=True):
    """``memory`` in KiB, ``passes`` over it, by how many ``lanes`` at once."""

    memory: int = 19 * 1024
    passes: int = 2
    lanes: int = 1


class Argon2Passwords(PasswordHasher):
    """Works in two threads of its own; ``token_bytes(n)`` returns n random bytes."""

    def __init__(self, token_bytes: Callable[[int], bytes], cost: Cost | None = None) -> None:
        cost = cost or Cost()
        self._token_bytes = token_bytes
        self._argon2 = argon2.PasswordHasher(
            time_cost=cost.passes,
            memory_cost=cost.memory,
            parallelism=cost.lanes,
            hash_len=_HASH_BYTES,
            salt_len=_SALT_BYTES,
        )
        self._of_nobody = _hash_of_nobody(cost)
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="password")

    async def hash(self, password: str) -> str:
        return await self._in_thread(self._hash, _as_bytes(password))

    async def verify(self, password: str, known_hash: str | None) -> bool:
        asked = self._of_nobody if known_hash is None else known_hash
        matches = await self._in_thread(self._matches, _as_bytes(password), asked)
        return matches and known_hash is not None

    def needs_rehash(self, known_hash: str) -> bool:
        return self._argon2.check_needs_rehash(known_hash)

    def close(self) -> None:
        """Finish what has begun, drop what has not, and end the threads."""
        self._threads.shutdown(cancel_futures=True)

    def _hash(self, password: bytes) -> str:
        return self._argon2.hash(password, salt=self._token_bytes(_SALT_BYTES))

    def _matches(self, password: bytes, known_hash: str) -> bool:
        try:
            return self._argon2.verify(known_hash, password)
        except VerifyMismatchError:
            return False

    async def _in_thread(self, work: Callable[[Unpack[Ts]], R], *args: *Ts) -> R:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *args)


def _as_bytes(password: str) -> bytes:
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")


def _hash_of_nobody(cost: Cost) -> str:
    """Write a hash that takes as long to check as any other, and that no password has."""
    salt, digest = (
        b64encode(bytes(length)).rstrip(b"=").decode() for length in (_SALT_BYTES, _HASH_BYTES)
    )
    costs = f"m={cost.memory},t={cost.passes},p={cost.lanes}"
    return f"$argon2id$v=19${costs}${salt}${digest}"
