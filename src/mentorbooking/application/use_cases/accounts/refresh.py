"""Stay signed in: a refresh token for a new pair, once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

import msgspec

from mentorbooking.application.answers.account import TokensAnswer
from mentorbooking.application.ports.aggregate_store import AggregateStore
from mentorbooking.application.ports.clock import Clock
from mentorbooking.application.ports.credentials import Credentials, StoredRefreshToken
from mentorbooking.application.ports.identity import RefreshTokens, TokenIssuer
from mentorbooking.application.ports.throttle import Throttle
from mentorbooking.application.use_cases.accounts.sign_in import principal_of
from mentorbooking.domain.kernel.errors import Refused
from mentorbooking.domain.user_account.account import UserAccount
from mentorbooking.domain.user_account.sessions import Verdict, verdict_on


class InvalidRefreshToken(Refused):
    """The refresh token is unknown, used, revoked or expired."""

    code = "invalid-refresh-token"


class Refresh(msgspec.Struct, frozen=True, kw_only=True):
    """``client`` is the network address to throttle by."""

    refresh_token: str
    client: str


@dataclass(frozen=True, slots=True)
class RefreshHandler:
    aggregates: AggregateStore
    credentials: Credentials
    tokens: TokenIssuer
    refresh_tokens: RefreshTokens
    throttle: Throttle
    clock: Clock

    async def __call__(self, command: Refresh) -> TokensAnswer:
        now = self.clock.now()
        refused = InvalidRefreshToken("The refresh token does not work; sign in again.")
        presented = await self.credentials.refresh_token(
            self.refresh_tokens.hash_of(command.refresh_token)
        )
        owner = await self.credentials.by_user(presented.user_id) if presented else None
        address_key = owner.address_key if owner else None
        self.throttle.hit("refresh", address_key=address_key, client=command.client)
        if presented is None:
            raise refused
        match verdict_on(presented, now):
            case Verdict.REFUSE:
                raise refused
            case Verdict.REVOKE_FAMILY:
                await self.credentials.revoke_family(presented.family, now)
                raise refused
            case Verdict.ROTATE:
                pass
            case verdict:
                assert_never(verdict)
        account = await self.aggregates.get(UserAccount, presented.user_id)
        text, token_hash = self.refresh_tokens.new()
        successor = StoredRefreshToken(
            token_hash=token_hash,
            family=presented.family,
            user_id=account.id,
            issued_at=now,
            family_started_at=presented.family_started_at,
        )
        if not await self.credentials.rotate(presented, successor):
            await self.credentials.revoke_family(presented.family, now)
            raise refused
        access, expires_in = self.tokens.issue(principal_of(account), now)
        return TokensAnswer(access_token=access, expires_in=expires_in, refresh_token=text)
