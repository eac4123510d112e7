"""What tests of forged access tokens share: the means of a forger who has the real key."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from mentorbooking.application.ports.identity import InvalidToken
from tests.support.fixed import NOW, STUDENT, USER
from tests.support.identity import CALLER, ISSUER, KEYS, access_tokens, compact, signed_by_hand

KEY = KEYS.access_tokens
TOKENS = access_tokens()
GOOD = TOKENS.issue(CALLER, NOW).access_token
SECONDS = int(NOW.timestamp())

HEADER = {"alg": "HS256", "typ": "at+jwt"}
CLAIMS = {
    "iss": ISSUER,
    "aud": "mentorbooking",
    "sub": USER,
    "jti": "token_1",
    "iat": SECONDS,
    "nbf": SECONDS,
    "exp": SECONDS + 900,
    "role": "student",
    "student_id": STUDENT,
}


def with_header(header: object, key: bytes = KEY, digest: str = "sha256") -> str:
    text = header if isinstance(header, str) else compact(header)
    return signed_by_hand(text, compact(CLAIMS), key, digest)


def with_claims(claims: object) -> str:
    text = claims if isinstance(claims, str | bytes) else compact(claims)
    return signed_by_hand(compact(HEADER), text, KEY)


def changed(**claims: object) -> str:
    """Sign the good claims with some of them changed."""
    return with_claims({**CLAIMS, **claims})


def cases(*sources: Callable[[], Iterable[tuple[str, str]]]) -> list[Any]:
    return [
        pytest.param(token, id=f"{source.__name__}: {name}")
        for source in sources
        for name, token in source()
    ]


def assert_refused(token: str) -> None:
    """Nobody takes the token, the second time neither, and nothing repeats it."""
    for _ in range(2):
        with pytest.raises(InvalidToken) as refusal:
            TOKENS.verify(token, NOW)
        assert len(token) < 20 or token not in str(refusal.value)


def assert_plenty(forged: list[Any], least: int) -> None:
    """There are so many different ones, and none of them is the good one."""
    tokens = {param.values[0] for param in forged}
    assert len(tokens) >= least
    assert GOOD not in tokens
