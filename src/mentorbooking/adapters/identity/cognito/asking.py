"""One request to the user pool, with bounds: on its time, on its answer, and without redirects."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final, NamedTuple

import aiohttp
import structlog

from mentorbooking.application.ports.user_pool import UserPoolUnavailable
from mentorbooking.application.trying_again.fault_notes import fault_note

LARGEST_ANSWER: Final = 256 * 1024
"""Bytes."""

RETRY_AFTER_SECONDS: Final = 5

ANSWERED_WITHIN: Final = 3.0
CONNECTED_WITHIN: Final = 1.0
"""Seconds."""

_log = structlog.get_logger(__name__)


class PoolAnswer(NamedTuple):
    status: int
    content: bytes


async def ask(
    method: str, url: str, *, headers: Mapping[str, str] | None = None, body: bytes | None = None
) -> PoolAnswer:
    """Return what the pool answers within three seconds, or raise ``UserPoolUnavailable``.

    A connection is made for each request: there is one for each new account, and now and then
    one for the keys. It is tried once more when it took too long: a process that was kept from
    running for a second learns that time is up before it learns that it was connected.
    """
    try:
        async with asyncio.timeout(ANSWERED_WITHIN):
            try:
                return await _exchange(method, url, headers, body)
            except aiohttp.ConnectionTimeoutError:
                return await _exchange(method, url, headers, body)
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise unavailable(error) from error


async def _exchange(
    method: str, url: str, headers: Mapping[str, str] | None, body: bytes | None
) -> PoolAnswer:
    timeout = aiohttp.ClientTimeout(connect=CONNECTED_WITHIN)
    async with (
        aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()) as session,
        session.request(method, url, headers=headers, data=body, allow_redirects=False) as answer,
    ):
        content = bytearray()
        async for chunk in answer.content.iter_any():
            content += chunk
            if len(content) > LARGEST_ANSWER:
                raise unavailable(ValueError("the answer is too large"))
        return PoolAnswer(answer.status, bytes(content))


def unavailable(why: Exception) -> UserPoolUnavailable:
    """Log why the pool can't be used, and return what tells the caller."""
    _log.warning("user_pool_unavailable", error=fault_note(why))
    return UserPoolUnavailable(RETRY_AFTER_SECONDS)
