"""Sign in with address and password."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from mentorbooking.application.answers.account import TokensAnswer
from mentorbooking.application.ports.aggregate_store import AggregateStore
from mentorbooking.application.ports.clock import Clock
from mentorbooking.application.ports.credentials import Credentials, StoredRefreshToken
from mentorbooking.application.ports.identity import PasswordHasher, RefreshTokens, TokenIssuer
from mentorbooking.application.ports.ids import Ids
from mentorbooking.application.ports.throttle import Throttle
from mentorbooking.application.principal import Principal
from mentorbooking.domain.kernel.errors import Refused
from mentorbooking.domain.user_account.account import UserAccount


class InvalidCredentials(Refused):
    """Address and password don't belong together; which of them is wrong is not told."""

    code = "invalid-credentials"


class SignIn(msgspec.Struct, frozen=True, kw_only=True):
    """``client`` is the network address to throttle by."""

    email: str
    password: str
    client: str


@dataclass(frozen=True, slots=True)
class SignInHandler:
    aggregates: AggregateStore
    credentials: Credentials
    passwords: PasswordHasher
    tokens: TokenIssuer
    refresh_tokens: RefreshTokens
    throttle: Throttle
    clock: Clock
    ids: Ids

    async def __call__(self, command: SignIn) -> TokensAnswer:
        key = self.credentials.address_key(command.email)
        self.throttle.hit("token", address_key=key, client=command.client)
        found = await self.credentials.by_address(key)
        # Without an account a dummy is verified, so that the time tells nothing.
        known = found.password_hash if found else None
        if not await self.passwords.verify(command.password, known) or found is None:
            raise InvalidCredentials("E-mail address and password do not match.")
        self.throttle.succeeded("token", address_key=key, client=command.client)
        account = await self.aggregates.get(UserAccount, found.user_id)
        now = self.clock.now()
        text, token_hash = self.refresh_tokens.new()
        await self.credentials.add_refresh_token(
            StoredRefreshToken(
                token_hash=token_hash,
                family=self.ids.new("session"),
                user_id=account.id,
                issued_at=now,
                family_started_at=now,
            )
        )
        access, expires_in = self.tokens.issue(principal_of(account), now)
        return TokensAnswer(access_token=access, expires_in=expires_in, refresh_token=text)


def principal_of(account: UserAccount) -> Principal:
    """Return who the account's owner is to the rest of the service."""
    return Principal(account.id, account.role, account.student_id, account.mentor_id)
