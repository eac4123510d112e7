"""Proving who somebody is, and that a link was given by us.

Every check takes the present instant as an argument. Nothing here is stored by the adapters;
what has to be remembered is handed back as text.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, NamedTuple, Protocol

import msgspec

from mentorbooking.application.principal import Principal
from mentorbooking.domain.kernel.errors import Refused


class InvalidToken(Refused):
    """The access token is not ours, not for us, or not good now. The text never quotes it."""

    code = "invalid-token"


class InvalidInvitationToken(Exception):
    """The invitation is not ours, or it has expired."""


class InvalidLink(Refused):
    """The link does not open this object by this method, or has expired."""

    code = "invalid-link"


class PasswordHasher(Protocol):
    """Promises: off the event loop, at most two at a time; equal passwords hash differently.

    Equal letters are equal however they were typed (Unicode NFC, RFC 8265 section 4.2).
    """

    async def hash(self, password: str) -> str:
        """Return text to keep, which says by itself how it was made."""

    async def verify(self, password: str, known_hash: str | None) -> bool:
        """Tell whether the password is the one that was hashed.

        None: there is no account. That is False after the same work, so that the time does
        not tell.
        """

    def needs_rehash(self, known_hash: str) -> bool:
        """Tell whether a hash was made with other costs than a new one would be."""


class IssuedToken(NamedTuple):
    """``expires_in`` counts seconds."""

    access_token: str
    expires_in: int


class TokenIssuer(Protocol):
    def issue(self, principal: Principal, now: datetime) -> IssuedToken:
        """Return an access token that tells who the principal is."""


class TokenVerifier(Protocol):
    """Promises: quick enough to be asked on every request; no two spellings of one token."""

    def verify(self, token: str, now: datetime) -> Principal:
        """Return whom the token was issued to, or raise ``InvalidToken``."""


class NewRefreshToken(NamedTuple):
    """``text`` is told once; only ``token_hash`` is kept."""

    text: str
    token_hash: str


class RefreshTokens(Protocol):
    """Opaque random texts. What may be done with one: ``domain.user_account.sessions``."""

    def new(self) -> NewRefreshToken:
        """Return a token that nobody can guess."""

    def hash_of(self, text: str) -> str:
        """Return what a token is kept under; any text has one."""


class InvitationClaims(msgspec.Struct, frozen=True):
    """Which invitation of which mentor, and until when; whole seconds count."""

    mentor_id: str
    invitation_id: str
    expires_at: datetime


class Invitations(Protocol):
    """Promises: the same claims always give the same token, so that it need not be kept."""

    def token(self, claims: InvitationClaims) -> str:
        """Return URL-safe text that proves the claims."""

    def verify(self, token: str, now: datetime) -> InvitationClaims:
        """Return what the token proves, or raise ``InvalidInvitationToken``."""


LINK_LIFETIME: Final = timedelta(minutes=15)


class DownloadLink(NamedTuple):
    """A URL, and when it stops working."""

    url: str
    expires_at: datetime


class DownloadLinks(Protocol):
    """Promises: a link opens one object, by GET, for ``LINK_LIFETIME``; it has one
    spelling."""

    async def link(
        self, object_key: str, *, served_at: str, file_name: str, now: datetime
    ) -> DownloadLink:
        """Permit whoever holds the link to download the object as ``file_name``.

        ``served_at`` is where the service itself serves it. A storage that serves its objects
        by itself is linked to directly. Raises ``StorageUnavailable``.
        """

    def check(self, object_key: str, query: str, now: datetime, *, method: str) -> None:
        """Raise ``InvalidLink`` unless the raw query permits exactly this, at the service."""
