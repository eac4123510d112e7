"""Keys, a clock that is set, and tokens made by hand: what tests of identity share."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from base64 import urlsafe_b64encode
from datetime import datetime

from mentorbooking.adapters.identity.access_tokens import AccessTokens
from mentorbooking.adapters.identity.secret_key import derive_keys
from mentorbooking.adapters.ids import MonotonicIds
from mentorbooking.application.ports.clock import Clock
from mentorbooking.application.principal import Principal
from mentorbooking.domain.user_account.role import Role
from tests.support.fixed import NOW, STUDENT, USER

SECRET = b"a secret that only this test knows"
KEYS = derive_keys(SECRET)
ISSUER = "https://mentoring.example.org"
CALLER = Principal(USER, Role.STUDENT, student_id=STUDENT)


class SetClock(Clock):
    """Shows the instant that it was set to."""

    def __init__(self, instant: datetime = NOW) -> None:
        self.instant = instant

    def now(self) -> datetime:
        return self.instant


class PassingTime:
    """A count of nanoseconds that passes when it is told to."""

    def __init__(self) -> None:
        self.now = 10**15

    def __call__(self) -> int:
        return self.now

    def passes(self, seconds: float) -> None:
        self.now += round(seconds * 1_000_000_000)


def access_tokens(key: bytes = KEYS.access_tokens, issuer: str = ISSUER) -> AccessTokens:
    return AccessTokens(key, MonotonicIds(SetClock(), secrets.randbits), issuer=issuer)


def b64(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def each_letter_changed(text: str) -> list[str]:
    """Return the text with its first letter changed, with its second, and so on."""
    return [
        text[:place] + ("B" if letter == "A" else "A") + text[place + 1 :]
        for place, letter in enumerate(text)
    ]


def compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


def signed_by_hand(header: str, payload: str | bytes, key: bytes, digest: str = "sha256") -> str:
    """Sign any two texts as a JSON Web Signature (RFC 7515), however senseless they are."""
    content = payload.encode() if isinstance(payload, str) else payload
    signing_input = f"{b64(header.encode())}.{b64(content)}"
    signature = hmac.new(key, signing_input.encode(), getattr(hashlib, digest)).digest()
    return f"{signing_input}.{b64(signature)}"
