"""Public keys that somebody else rotates: fetched when needed, and not more often.

All who wait for a key wait for one fetch. Unknown key ids, which anybody can make up, start a
fetch only every few seconds. While the keys can't be fetched, those that are known stay good.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from math import ceil
from typing import Final, Generic, TypeVar

from mentorbooking.application.ports.user_pool import UserPoolUnavailable

K = TypeVar("K")

PAUSE_SECONDS: Final = 5.0
"""Between two fetches."""

FRESH_SECONDS: Final = 3600.0
"""How long keys are used before they are fetched again, so that withdrawn ones go."""


class UnknownKey(Exception):
    """The set, as it was a moment ago, has no such key."""


class RotatingKeys(Generic[K]):
    """``fetch`` returns all keys by id or raises ``UserPoolUnavailable``.

    ``monotonic`` tells seconds and never goes back.
    """

    def __init__(
        self, fetch: Callable[[], Awaitable[Mapping[str, K]]], monotonic: Callable[[], float]
    ) -> None:
        self._fetch, self._monotonic = fetch, monotonic
        self._keys: Mapping[str, K] = {}
        self._fetching: asyncio.Task[None] | None = None
        self._asked_at = self._fetched_at = float("-inf")
        self._failed = False

    async def get(self, key_id: str) -> K:
        """Return a key; ``UnknownKey`` only if the set says so, else ``UserPoolUnavailable``."""
        key = self._keys.get(key_id)
        if key is not None:
            if self._monotonic() - self._fetched_at >= FRESH_SECONDS:
                self._ask()  # and don't wait: what is known will do
            return key
        self._ask()
        if self._fetching is not None:
            # Not cancelled with one who waits: others do too.
            await asyncio.wait([self._fetching])
        key = self._keys.get(key_id)
        if key is not None:
            return key
        if self._failed:
            raise UserPoolUnavailable(max(1, ceil(self._pause_left())))
        raise UnknownKey

    def _pause_left(self) -> float:
        return self._asked_at + PAUSE_SECONDS - self._monotonic()

    def _ask(self) -> None:
        """Start a fetch, unless one is under way or was a moment ago."""
        if self._fetching is None and self._pause_left() <= 0:
            self._asked_at = self._monotonic()
            self._fetching = asyncio.create_task(self._refresh())

    async def _refresh(self) -> None:
        self._failed = True
        try:
            self._keys = await self._fetch()
        except UserPoolUnavailable:
            return
        finally:
            self._fetching = None
        self._failed = False
        self._fetched_at = self._monotonic()
