"""How accounts sign in: secrets kept beside the log, never in events.

Password hashes are written in the same append as the account's events: see
``aggregate_store.PasswordSet``. Refresh tokens are kept as hashes.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

import msgspec


class Credential(msgspec.Struct, frozen=True):
    """What signing in needs to know of an account."""

    user_id: str
    address_key: str
    password_hash: str


class StoredRefreshToken(msgspec.Struct, frozen=True, kw_only=True):
    """A refresh token by its hash. A family is one sign-in and all its successors."""

    token_hash: str
    family: str
    user_id: str
    issued_at: datetime
    family_started_at: datetime
    used_at: datetime | None = None
    revoked_at: datetime | None = None


class Credentials(Protocol):
    """Reads see what any process has committed."""

    def address_key(self, email: str) -> str:
        """Return the keyed hash that stands for an address, without regard to case."""

    async def by_address(self, address_key: str) -> Credential | None: ...

    async def by_user(self, user_id: str) -> Credential | None: ...

    async def refresh_token(self, token_hash: str) -> StoredRefreshToken | None: ...

    async def add_refresh_token(self, token: StoredRefreshToken) -> None:
        """Keep the first token of a family."""

    async def rotate(self, used: StoredRefreshToken, successor: StoredRefreshToken) -> bool:
        """Use one token up and keep its successor; False if somebody used it first."""

    async def revoke_family(self, family: str, now: datetime) -> None: ...
