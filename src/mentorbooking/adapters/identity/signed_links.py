"""Download links that work without signing in: HMAC over method, expiry and object key.

The query has one spelling and nothing else in it, so that there is nothing to reorder, repeat,
add or encode differently. The key of the object comes from the link's path, decoded.
"""

from __future__ import annotations

import hmac
import re
from datetime import UTC, datetime
from typing import NamedTuple

from mentorbooking.adapters.identity import base64url
from mentorbooking.application.ports.identity import (
    LINK_LIFETIME,
    DownloadLink,
    DownloadLinks,
    InvalidLink,
)

_METHOD = "GET"
_QUERY = re.compile(r"expires=([1-9][0-9]{0,11})&signature=([A-Za-z0-9_-]{43})")


class SignedQuery(NamedTuple):
    """What follows the ``?`` of a link, and when the link stops working."""

    query: str
    expires_at: datetime


class SignedLinks(DownloadLinks):
    def __init__(self, key: bytes) -> None:
        self._key = key

    async def link(
        self,
        object_key: str,
        *,
        served_at: str,
        file_name: str,  # noqa: ARG002  the service names the file when it serves it
        now: datetime,
    ) -> DownloadLink:
        query, expires_at = self.sign(object_key, now)
        return DownloadLink(f"{served_at}?{query}", expires_at)

    def sign(self, object_key: str, now: datetime) -> SignedQuery:
        """Return the query that opens the object."""
        expires = int((now + LINK_LIFETIME).timestamp())
        query = f"expires={expires}&signature={self._signature(object_key, expires)}"
        return SignedQuery(query, datetime.fromtimestamp(expires, UTC))

    def check(self, object_key: str, query: str, now: datetime, *, method: str) -> None:
        found = _QUERY.fullmatch(query)
        if found is None or method != _METHOD:
            raise InvalidLink("This is not a link for downloads.")
        expires = int(found[1])
        if not hmac.compare_digest(found[2], self._signature(object_key, expires)):
            raise InvalidLink("This is not a link for downloads.")
        if now.timestamp() >= expires:
            raise InvalidLink("The link has expired; ask for a new one.")

    def _signature(self, object_key: str, expires: int) -> str:
        """Sign lines that can't run into each other: only the last may hold a line break."""
        lines = f"{_METHOD}\n{expires}\n{object_key}".encode("utf-8", "surrogatepass")
        return base64url.encode(hmac.digest(self._key, lines, "sha256"))
