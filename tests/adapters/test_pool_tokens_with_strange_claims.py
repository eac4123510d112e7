"""Tokens signed with the pool's real key, but not for us, not now, or not whole: none passes."""

import pytest

from tests.support.fixed import NOW
from tests.support.forged_pool_tokens import (
    GOOD,
    assert_plenty,
    assert_refused,
    pool,
    server,
    verify,
)
from tests.support.forged_tokens import cases
from tests.support.identity import compact
from tests.support.user_pool import (
    CLAIMS,
    CLIENT,
    HEADER,
    ISSUER,
    OTHER_CLIENT,
    SECONDS,
    SUBJECT,
    signed,
)

__all__ = ["pool", "server", "verify"]

pytestmark = pytest.mark.anyio

CHECKED = ("iss", "sub", "client_id", "token_use", "iat", "exp")


def with_claims(claims):
    return signed(HEADER, claims)


def changed(**claims):
    return with_claims({**CLAIMS, **claims})


@pytest.mark.parametrize(
    "claims",
    [
        {},
        {"nbf": SECONDS},
        {"exp": SECONDS + 1},
        {"exp": SECONDS - 4, "iat": SECONDS - 300},
        {"iat": SECONDS + 5, "exp": SECONDS + 300},
        {"exp": SECONDS + 24 * 3600},
        {"cognito:groups": []},
        {"cognito:groups": ["mentor", "something else"]},
        {"custom": {"deep": [1.5, None, True]}},
        {"device_key": "eu-west-1_x", "event_id": "x", "auth_time": SECONDS},
        {"username": "Анна \u2028 \ud83d\ude00"},
    ],
)
async def test_what_the_pool_may_well_issue_passes(pool, claims):
    assert (await pool.verify(changed(**claims), NOW)).subject == SUBJECT


def kinds():
    for use in ("id", "refresh", "Access", "ACCESS", "access ", "", None, True, 1, ["access"]):
        yield f"token_use {use!r}", changed(token_use=use)
    identity = {k: v for k, v in CLAIMS.items() if k not in ("client_id", "token_use", "scope")}
    yield "an ID token", with_claims({**identity, "token_use": "id", "aud": CLIENT})
    yield "an ID token with a client", changed(token_use="id", aud=CLIENT)
    yield "no token_use", with_claims({k: v for k, v in CLAIMS.items() if k != "token_use"})


def places():
    for issuer in (
        "https://evil.example",
        ISSUER + "/",
        ISSUER[:-1],
        ISSUER.upper(),
        ISSUER.replace("https", "http"),
        ISSUER.replace("AbCdEf123", "Another12"),
        ISSUER + "\u0000",
        [ISSUER],
        "",
        None,
    ):
        yield f"iss {issuer!r}", changed(iss=issuer)
    for client in (
        OTHER_CLIENT,
        CLIENT.upper(),
        CLIENT + " ",
        CLIENT[:-1],
        f"{CLIENT},{OTHER_CLIENT}",
        [CLIENT],
        "",
        None,
        0,
    ):
        yield f"client_id {client!r}", changed(client_id=client)
    yield (
        "aud instead of client_id",
        with_claims({**{k: v for k, v in CLAIMS.items() if k != "client_id"}, "aud": CLIENT}),
    )


def times():
    for name, iat, exp in (
        ("expired five seconds ago", -3605, -5),
        ("expired long ago", -90_000, -86_400),
        ("issued in six seconds", 6, 3606),
        ("issued tomorrow", 86_400, 90_000),
        ("good for a second too long", 0, 24 * 3600 + 1),
        ("good for a year", 0, 365 * 24 * 3600),
        ("good for no time", 0, 0),
        ("expires before it begins", 3, 1),
    ):
        yield name, changed(iat=SECONDS + iat, exp=SECONDS + exp)
    yield "not before in six seconds", changed(nbf=SECONDS + 6)
    yield "not before tomorrow", changed(nbf=SECONDS + 86_400)
    yield "in milliseconds", changed(exp=(SECONDS + 3600) * 1000)
    for claim in ("iat", "exp", "nbf"):
        for value in (str(SECONDS + 60), SECONDS + 0.5, True, [], {}, 10**30, -(10**30), -1):
            if (claim, value) not in [("nbf", -1), ("nbf", -(10**30))]:
                yield f"{claim} {value!r}", changed(**{claim: value})
        for text in ("NaN", "Infinity", "-Infinity", "1e400", "0x10", "01"):
            spelled = compact({**CLAIMS, claim: "HERE"}).replace('"HERE"', text)
            yield f"{claim} written {text}", with_claims(spelled)


def people():
    for subject in (None, "", 1, True, [SUBJECT], {"sub": SUBJECT}, "x" * 257):
        yield f"sub {str(subject)[:20]!r}", changed(sub=subject)
    for name, subject in {
        "line break": SUBJECT + "\n",
        "blank": f" {SUBJECT}",
        "NUL": SUBJECT + "\u0000",
        "accent": "á",
        "half a surrogate": "\ud800",
        "right-to-left": "\u202e" + SUBJECT,
    }.items():
        yield f"sub with {name}", changed(sub=subject)


def groups():
    for value in ("admin", "[admin]", {"admin": True}, [["admin"]], [1], [None], 1, True):
        yield f"groups {value!r}", changed(**{"cognito:groups": value})


def missing_and_repeated():
    once = compact(CLAIMS)
    for claim in CHECKED:
        yield f"no {claim}", with_claims({k: v for k, v in CLAIMS.items() if k != claim})
        good = compact(CLAIMS[claim])
        yield f"{claim} twice", with_claims(f'{once[:-1]},"{claim}":{good}}}')
        yield f"{claim} null, then good", with_claims(f'{{"{claim}":null,{once[1:]}')
        yield (
            f"{claim} escaped again",
            with_claims(f'{once[:-1]},"\\u{ord(claim[0]):04x}{claim[1:]}":{good}}}'),
        )
    yield (
        "groups twice",
        with_claims(f'{once[:-1]},"cognito:groups":["admin"],"cognito:groups":[]}}'),
    )
    yield "twice within", with_claims(f'{once[:-1]},"x":{{"a":1,"a":2}}}}')


def spellings():
    good = compact(CLAIMS)
    yield "no object", with_claims("[]")
    yield "null", with_claims("null")
    yield "nothing", with_claims("")
    yield "empty object", with_claims("{}")
    yield "not JSON", with_claims("{'iss':1}")
    yield "two objects", with_claims(good * 2)
    yield "trailing comma", with_claims(good[:-1] + ",}")
    yield "deep", with_claims('{"iss":' + "[" * 2500 + "]" * 2500 + "}")
    yield "byte order mark", with_claims("\ufeff" + good)
    yield "no UTF-8", with_claims(good.encode().replace(b"ada", b"\xff\xfe"))
    yield "UTF-16", with_claims(good.encode("utf-16"))


FORGED = cases(kinds, places, times, people, groups, missing_and_repeated, spellings)


def test_there_are_enough_of_them():
    assert_plenty(FORGED, 100)


async def test_the_forger_knows_how_good_tokens_are_made(pool):
    assert with_claims(CLAIMS) == GOOD
    assert (await pool.verify(with_claims(CLAIMS), NOW)).subject == SUBJECT


@pytest.mark.parametrize("forged", FORGED)
async def test_none_is_accepted(verify, forged):
    await assert_refused(verify, forged)
