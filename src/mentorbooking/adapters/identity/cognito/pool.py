"""An Amazon Cognito user pool, whose users are ours too."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from urllib.parse import urljoin

import jwt
import msgspec

from mentorbooking.adapters.identity.cognito import user_details
from mentorbooking.adapters.identity.cognito.asking import ask, unavailable
from mentorbooking.adapters.identity.cognito.key_set import read_key_set
from mentorbooking.adapters.identity.cognito.rotating_keys import RotatingKeys, UnknownKey
from mentorbooking.adapters.identity.cognito.tokens import Claims, PoolTokens, key_id_of
from mentorbooking.application.ports.identity import InvalidToken
from mentorbooking.application.ports.user_pool import PersonalDetails, PoolUser, UserPool
from mentorbooking.domain.user_account.role import Role


class CognitoSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Which pool, which of its clients, and what its groups are here.

    ``roles``: by group; of several groups the one that stands first counts. Who is in none of
    them is a student.
    """

    issuer: str
    keys_url: str
    client_ids: tuple[str, ...]
    roles: Mapping[str, Role]


class CognitoPool(UserPool):
    """``monotonic`` tells seconds and never goes back. Asks nobody before the first token."""

    def __init__(self, settings: CognitoSettings, monotonic: Callable[[], float]) -> None:
        self._settings = settings
        self._tokens = PoolTokens(settings.issuer, settings.client_ids)
        self._keys = RotatingKeys(self._fetch_keys, monotonic)

    def names_itself_in(self, token: str) -> bool:
        return key_id_of(token) is not None

    async def verify(self, token: str, now: datetime) -> PoolUser:
        claims = await self._claims(token, now)
        return PoolUser(claims.sub, self._role_of(claims), datetime.fromtimestamp(claims.iat, UTC))

    async def details(self, token: str, now: datetime) -> PersonalDetails:
        """Return what stands in the token, else what GetUser tells where the token permits it.

        The pool answers at the same host as it tells its keys.
        """
        claims = await self._claims(token, now)
        if claims.email is not None:
            verified = user_details.is_true(claims.email_verified)
            return PersonalDetails(
                name=claims.name,
                email=claims.email if verified else None,
                time_zone=claims.zoneinfo,
            )
        if user_details.SCOPE not in claims.scope.split():
            return PersonalDetails(name=claims.name, time_zone=claims.zoneinfo)
        answer = await ask(
            "POST",
            urljoin(self._settings.keys_url, "/"),
            headers=user_details.HEADERS,
            body=user_details.request_body(token),
        )
        try:
            return user_details.read_answer(*answer)
        except user_details.UnreadableAnswer as error:
            raise unavailable(error) from error

    async def _claims(self, token: str, now: datetime) -> Claims:
        key_id = key_id_of(token)
        if key_id is None:
            raise InvalidToken("The access token is not valid.")
        try:
            key = await self._keys.get(key_id)
        except UnknownKey:
            raise InvalidToken("The access token is not signed with a key of the pool.") from None
        return self._tokens.read(token, key, now)

    def _role_of(self, claims: Claims) -> Role:
        roles = self._settings.roles
        return next((roles[group] for group in roles if group in claims.groups), Role.STUDENT)

    async def _fetch_keys(self) -> Mapping[str, jwt.PyJWK]:
        answer = await ask("GET", self._settings.keys_url)
        try:
            if answer.status != 200:
                raise ValueError(f"status {answer.status}")
            return read_key_set(answer.content)
        except ValueError as error:
            raise unavailable(error) from error
