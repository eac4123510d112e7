"""Access tokens that are good, and for how long."""

from datetime import timedelta

import jwt
import pytest

from mentorbooking.application.ports.identity import InvalidToken
from mentorbooking.application.principal import Principal
from mentorbooking.domain.user_account.role import Role
from tests.support.fixed import MENTOR, NOW, STUDENT, USER
from tests.support.identity import CALLER, ISSUER, KEYS, access_tokens

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    "principal",
    [
        CALLER,
        Principal(USER, Role.MENTOR, mentor_id=MENTOR),
        Principal(USER, Role.ADMIN),
        Principal(USER, Role.OPERATOR),
    ],
)
def test_a_token_tells_whom_it_was_issued_to(principal):
    tokens = access_tokens()
    assert tokens.verify(tokens.issue(principal, NOW).access_token, NOW) == principal


def test_it_works_for_fifteen_minutes_whether_or_not_it_was_seen_before():
    tokens = access_tokens()
    token, expires_in = tokens.issue(CALLER, NOW)
    assert expires_in == 15 * 60
    for _ in range(2):
        assert tokens.verify(token, NOW + timedelta(seconds=expires_in) - SECOND) == CALLER
        with pytest.raises(InvalidToken, match="expired"):
            tokens.verify(token, NOW + timedelta(seconds=expires_in))


def test_a_clock_may_be_five_seconds_behind_the_issuers_and_no_more():
    tokens = access_tokens()
    token = tokens.issue(CALLER, NOW).access_token
    assert tokens.verify(token, NOW - 5 * SECOND) == CALLER
    with pytest.raises(InvalidToken, match="not valid yet"):
        tokens.verify(token, NOW - 5 * SECOND - timedelta(microseconds=1))


def test_it_says_what_standards_ask_for():
    token = access_tokens().issue(CALLER, NOW).access_token
    assert jwt.get_unverified_header(token) == {"alg": "HS256", "typ": "at+jwt"}
    claims = jwt.decode(
        token,
        KEYS.access_tokens,
        algorithms=["HS256"],
        audience="mentorbooking",
        issuer=ISSUER,
        options={"verify_exp": False, "verify_nbf": False, "verify_iat": False},
    )
    assert claims.pop("jti").startswith("token_")
    seconds = int(NOW.timestamp())
    assert claims == {
        "iss": ISSUER,
        "aud": "mentorbooking",
        "sub": USER,
        "iat": seconds,
        "nbf": seconds,
        "exp": seconds + 900,
        "role": "student",
        "student_id": STUDENT,
    }


def test_no_two_tokens_are_the_same():
    tokens = access_tokens()
    assert tokens.issue(CALLER, NOW) != tokens.issue(CALLER, NOW)


def test_another_process_with_the_same_secret_accepts_it():
    token = access_tokens().issue(CALLER, NOW).access_token
    assert access_tokens().verify(token, NOW) == CALLER
