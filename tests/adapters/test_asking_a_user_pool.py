"""What a Cognito user pool is asked over HTTP: its keys, and who the owner of a token is."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from mentorbooking.adapters.identity.cognito import asking
from mentorbooking.adapters.identity.cognito.asking import LARGEST_ANSWER
from mentorbooking.adapters.identity.cognito.key_set import read_key_set
from mentorbooking.adapters.identity.cognito.rotating_keys import FRESH_SECONDS, PAUSE_SECONDS
from mentorbooking.application.ports.identity import InvalidToken
from mentorbooking.application.ports.user_pool import PersonalDetails, UserPoolUnavailable
from mentorbooking.domain.user_account.role import Role
from tests.support.fixed import NOW
from tests.support.identity import PassingTime, b64
from tests.support.user_pool import (
    CLAIMS,
    KEY_ID,
    PoolServer,
    jwk_of,
    pool_server,
    rsa_key,
    signed,
    token,
)

pytestmark = pytest.mark.anyio


@pytest.fixture
def server() -> Iterator[PoolServer]:
    with pool_server() as server:
        yield server


class Time:
    def __init__(self) -> None:
        self.passing = PassingTime()

    def __call__(self) -> float:
        return self.passing() / 1e9


# -- keys --------------------------------------------------------------------


async def test_a_key_that_is_new_is_fetched_and_one_that_is_gone_is_forgotten(
    server: PoolServer,
) -> None:
    time = Time()
    pool = server.pool(time)
    old, new = token(), signed({"kid": "new", "alg": "RS256"}, CLAIMS, rsa_key(2))
    await pool.verify(old, NOW)

    server.keys = [jwk_of(rsa_key(2), "new")]
    with pytest.raises(InvalidToken):
        await pool.verify(new, NOW)  # so soon after the last fetch nobody looks again
    time.passing.passes(PAUSE_SECONDS)
    await pool.verify(new, NOW)
    with pytest.raises(InvalidToken):
        await pool.verify(old, NOW)


async def test_another_key_under_the_same_id_ends_tokens_that_were_verified(
    server: PoolServer,
) -> None:
    time = Time()
    pool = server.pool(time)
    await pool.verify(token(), NOW)

    server.keys = [jwk_of(rsa_key(2))]
    time.passing.passes(FRESH_SECONDS)
    with pytest.raises(InvalidToken):
        await pool.verify(signed({"kid": "made up", "alg": "RS256"}, CLAIMS), NOW)
    with pytest.raises(InvalidToken):
        await pool.verify(token(), NOW)


async def test_a_pool_that_is_away_makes_nobody_a_liar() -> None:
    with pool_server() as server:
        pool = server.pool()
    with pytest.raises(UserPoolUnavailable) as refusal:
        await pool.verify(token(), NOW)
    assert refusal.value.retry_after_seconds >= 1


async def test_tokens_pass_while_the_pool_is_away() -> None:
    time = Time()
    with pool_server() as server:
        pool = server.pool(time)
        await pool.verify(token(), NOW)
    time.passing.passes(2 * FRESH_SECONDS)
    assert (await pool.verify(token("mentor"), NOW)).role is Role.MENTOR


GOOD_KEYS = json.dumps({"keys": [jwk_of(rsa_key())]}).encode()


@pytest.mark.parametrize(
    "answer",
    [
        (500, GOOD_KEYS),
        (404, GOOD_KEYS),
        (302, GOOD_KEYS),
        (204, b""),
        (200, b""),
        (200, b"<html>Sign in to the hotel's network</html>"),
        (200, b"\xff\xfe"),
        (200, b"[]"),
        (200, b'{"keys": []}'),
        (200, b'{"keys": {}}'),
        (200, GOOD_KEYS.ljust(LARGEST_ANSWER + 1)),
    ],
    ids=lambda answer: f"{answer[0]} {answer[1][:20]!r}",
)
async def test_what_is_no_set_of_keys_is_not_believed(
    server: PoolServer, answer: tuple[int, bytes]
) -> None:
    server.keys_answer = answer
    with pytest.raises(UserPoolUnavailable):
        await server.pool().verify(token(), NOW)


async def test_a_pool_that_does_not_answer_is_given_up(
    server: PoolServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "ANSWERED_WITHIN", 0.05)
    server.delay = 2.0
    with pytest.raises(UserPoolUnavailable):
        await server.pool().verify(token(), NOW)


async def test_a_process_that_was_kept_from_running_does_not_blame_the_pool(
    server: PoolServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = asyncio.get_running_loop()
    connect, connections = loop.sock_connect, count(1)

    async def held_up(*where: Any) -> None:
        await connect(*where)
        if next(connections) == 1:
            time.sleep(1.6)  # nothing of this process is to run

    monkeypatch.setattr(loop, "sock_connect", held_up)
    monkeypatch.setattr(asking, "CONNECTED_WITHIN", 1.5)
    assert (await server.pool().verify(token(), NOW)).role is Role.STUDENT
    assert next(connections) == 3


SMALL = rsa_key(3, 1024)


@pytest.mark.parametrize(
    "strange",
    [
        jwk_of(SMALL),
        jwk_of(rsa_key(), kty="oct", k=b64(b"secret")),
        jwk_of(rsa_key(), use="enc"),
        jwk_of(rsa_key(), alg="HS256"),
        jwk_of(rsa_key(), alg="RS512"),
        jwk_of(rsa_key(), n=""),
        jwk_of(rsa_key(), n="!!!!"),
        jwk_of(rsa_key(), n=b64(bytes(256))),
        jwk_of(rsa_key(), n=b64(b"\xff" * 8192)),
        jwk_of(rsa_key(), e=""),
        jwk_of(rsa_key(), e=b64(b"\x00")),
        jwk_of(rsa_key(), e=b64(b"\x02")),
        jwk_of(rsa_key(), kid=""),
        jwk_of(rsa_key(), kid=7),
        {"kty": "EC", "kid": KEY_ID, "crv": "P-256", "x": "AA", "y": "AA"},
    ],
    ids=lambda key: f"{key['kty']} {key.get('use')} {key.get('alg')} {len(str(key.get('n')))}",
)
def test_only_rsa_keys_of_good_size_that_sign_are_used(strange: dict[str, Any]) -> None:
    good = jwk_of(rsa_key(2), "good")
    assert set(read_key_set(json.dumps({"keys": [strange, good]}).encode())) == {"good"}
    with pytest.raises(ValueError, match="no RSA key"):
        read_key_set(json.dumps({"keys": [strange]}).encode())


# -- groups --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("groups", "role"),
    [
        ((), Role.STUDENT),
        (("mentor",), Role.MENTOR),
        (("operator",), Role.OPERATOR),
        (("admin",), Role.ADMIN),
        (("mentor", "operator", "admin"), Role.ADMIN),
        (("mentor", "operator"), Role.OPERATOR),
        (("eu-west-1_AbCdEf123_Google", "mentor"), Role.MENTOR),
        (("Admin", "administrators", "adm"), Role.STUDENT),
    ],
)
async def test_groups_are_roles(server: PoolServer, groups: tuple[str, ...], role: Role) -> None:
    assert (await server.pool().verify(token(*groups), NOW)).role is role


# -- people ----------------------------------------------------------------


async def test_the_pool_tells_who_the_owner_of_a_token_is(server: PoolServer) -> None:
    server.has_user(
        sub=str(CLAIMS["sub"]),
        name="Ada Lovelace",
        email="ada@example.org",
        email_verified="true",
        zoneinfo="Europe/London",
    )
    assert await server.pool().details(token(), NOW) == PersonalDetails(
        name="Ada Lovelace", email="ada@example.org", time_zone="Europe/London"
    )


@pytest.mark.parametrize("verified", ["false", "", "no", "1"])
async def test_an_address_that_is_not_verified_is_none(server: PoolServer, verified: str) -> None:
    server.has_user(email="ada@example.org", email_verified=verified)
    assert (await server.pool().details(token(), NOW)).email is None


async def test_an_address_without_a_word_on_it_is_none(server: PoolServer) -> None:
    server.has_user(email="ada@example.org")
    assert (await server.pool().details(token(), NOW)).email is None


async def test_a_token_that_does_not_permit_it_is_not_used_to_ask(server: PoolServer) -> None:
    server.has_user(email="ada@example.org", email_verified="true")
    details = await server.pool().details(token(scope="openid profile"), NOW)
    assert details == PersonalDetails()
    assert "/" not in server.asked


@pytest.mark.parametrize(("verified", "taken"), [(True, True), ("true", True), (False, False)])
async def test_what_stands_in_the_token_is_not_asked_for(
    server: PoolServer, verified: object, taken: bool
) -> None:
    told = token(email="ada@example.org", email_verified=verified, name="Ada")
    details = await server.pool().details(told, NOW)
    assert details == PersonalDetails(name="Ada", email="ada@example.org" if taken else None)
    assert "/" not in server.asked


@pytest.mark.parametrize(
    "kind",
    [
        "NotAuthorizedException",
        "UserNotFoundException",
        "com.amazonaws.cognito.identity.idp.model#NotAuthorizedException",
    ],
)
async def test_a_token_that_the_pool_has_taken_back_is_not_good(
    server: PoolServer, kind: str
) -> None:
    server.users = lambda _: (400, {"__type": kind, "message": "Access Token has been revoked"})
    with pytest.raises(InvalidToken):
        await server.pool().details(token(), NOW)


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (400, {"__type": "TooManyRequestsException"}),
        (400, {"__type": 7}),
        (400, []),
        (500, {"__type": "NotAuthorizedException"}),
        (503, {}),
        (200, []),
        (200, {"UserAttributes": "none"}),
        (302, {}),
    ],
)
async def test_a_pool_that_can_not_tell_just_now_is_asked_later(
    server: PoolServer, status: int, told: object
) -> None:
    server.users = lambda _: (status, told)
    with pytest.raises(UserPoolUnavailable):
        await server.pool().details(token(), NOW)
