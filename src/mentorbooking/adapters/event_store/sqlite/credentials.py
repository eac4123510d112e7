"""The Credentials port on the log's own tables, so that secrets share the log's transactions."""

from __future__ import annotations

from datetime import datetime

from mentorbooking.adapters.event_store.keyed_addresses import key_of_address
from mentorbooking.adapters.instants import instant, microseconds
from mentorbooking.adapters.persistence.requests import LogUnavailable
from mentorbooking.adapters.persistence.sqlite_log.log import SQLiteLog
from mentorbooking.application.ports.credentials import (
    Credential,
    Credentials,
    StoredRefreshToken,
)

_BY_ADDRESS = "SELECT user_id, address_key, password_hash FROM credentials WHERE address_key = ?"
_BY_USER = "SELECT user_id, address_key, password_hash FROM credentials WHERE user_id = ?"
_FAMILY_MEMBER = """
SELECT token_hash, family, user_id, issued_at, family_started_at, used_at, revoked_at
FROM refresh_tokens WHERE token_hash = ?"""
_ADD = "INSERT INTO refresh_tokens VALUES (?, ?, ?, ?, ?, NULL, NULL)"
_SUCCEED = """
INSERT INTO refresh_tokens SELECT ?, ?, ?, ?, ?, NULL, NULL WHERE EXISTS (
    SELECT 1 FROM refresh_tokens WHERE token_hash = ? AND used_at IS NULL AND revoked_at IS NULL)"""
_USE = "UPDATE refresh_tokens SET used_at = ? WHERE token_hash = ? AND used_at IS NULL"
_REVOKE = "UPDATE refresh_tokens SET revoked_at = ? WHERE family = ? AND revoked_at IS NULL"


class SQLiteCredentials(Credentials):
    """Reads see what any process has committed."""

    def __init__(self, log: SQLiteLog) -> None:
        self._log = log
        self._key = log.meta("address_key")

    def address_key(self, email: str) -> str:
        return key_of_address(self._key, email)

    async def by_address(self, address_key: str) -> Credential | None:
        return self._credential(_BY_ADDRESS, address_key)

    async def by_user(self, user_id: str) -> Credential | None:
        return self._credential(_BY_USER, user_id)

    def _credential(self, sql: str, key: str) -> Credential | None:
        rows = self._log.query(sql, (key,))
        return Credential(*rows[0]) if rows else None

    async def refresh_token(self, token_hash: str) -> StoredRefreshToken | None:
        rows = self._log.query(_FAMILY_MEMBER, (token_hash,))
        if not rows:
            return None
        found, family, user_id, issued, started, used, revoked = rows[0]
        return StoredRefreshToken(
            token_hash=found,
            family=family,
            user_id=user_id,
            issued_at=instant(issued),
            family_started_at=instant(started),
            used_at=None if used is None else instant(used),
            revoked_at=None if revoked is None else instant(revoked),
        )

    async def add_refresh_token(self, token: StoredRefreshToken) -> None:
        await self._log.write((_ADD, _columns(token)))

    async def rotate(self, used: StoredRefreshToken, successor: StoredRefreshToken) -> bool:
        now = microseconds(successor.issued_at)
        try:
            succeeded, _ = await self._log.write(
                (_SUCCEED, (*_columns(successor), used.token_hash)),
                (_USE, (now, used.token_hash)),
            )
        except LogUnavailable:
            # Who wrote it may have ended before telling. Were it refused, the next attempt
            # would be a second use. No other attempt has this successor.
            if await self.refresh_token(successor.token_hash) is None:
                raise
            return True
        return succeeded == 1

    async def revoke_family(self, family: str, now: datetime) -> None:
        await self._log.write((_REVOKE, (microseconds(now), family)))


def _columns(token: StoredRefreshToken) -> tuple[str, str, str, int, int]:
    return (
        token.token_hash,
        token.family,
        token.user_id,
        microseconds(token.issued_at),
        microseconds(token.family_started_at),
    )
