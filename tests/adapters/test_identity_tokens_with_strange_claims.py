"""Access tokens whose claims are not ours, though signed with the real key: none is accepted."""

import json

import pytest

from tests.support.fixed import NOW
from tests.support.forged_tokens import (
    CLAIMS,
    SECONDS,
    TOKENS,
    assert_plenty,
    assert_refused,
    cases,
    changed,
    with_claims,
)
from tests.support.identity import CALLER, ISSUER, compact


def test_the_forger_knows_how_good_tokens_are_made():
    assert TOKENS.verify(with_claims(CLAIMS), NOW) == CALLER


def types():
    strange = (None, 0, -1, 1.5, True, "", [], {}, ["x"], {"x": 1}, "x" * 1500)
    for claim, good in CLAIMS.items():
        for value in (*strange, [good]):
            if (claim, value) != ("student_id", None):
                yield f"{claim} is {str(value)[:9]!r}", changed(**{claim: value})
    for claim in sorted(CLAIMS.keys() - {"student_id"}):
        yield f"no {claim}", with_claims({k: v for k, v in CLAIMS.items() if k != claim})


def repeated():
    once = compact(CLAIMS)
    for claim, good in CLAIMS.items():
        yield f"{claim} twice", with_claims(f'{once[:-1]},"{claim}":{compact(good)}}}')
        yield f"{claim} null, then good", with_claims(f'{{"{claim}":null,{once[1:]}')
    yield "admin, then student", with_claims(f'{{"role":"admin",{once[1:]}')
    yield "student, then admin", with_claims(f'{once[:-1]},"role":"admin"}}')


def numbers():
    for claim in ("iat", "nbf", "exp"):
        good = CLAIMS[claim]
        for value in (str(good), float(good), good * 1000, 10**30, -(10**30)):
            yield f"{claim} is {value!r}", changed(**{claim: value})
        for value in (float("nan"), float("inf"), -float("inf")):
            yield f"{claim} is {value!r}", changed(**{claim: value})
        for text in (f"{good}.0", f"{good}e0", f"+{good}", f"0{good}", f" {good}", hex(good)):
            spelled = compact(CLAIMS).replace(f'"{claim}":{good}', f'"{claim}":{text}')
            yield f"{claim} written {text}", with_claims(spelled)


def words():
    for role in ("Admin", "ADMIN", "root", "admin ", "admin\u0000", "student,admin"):
        yield f"role {role!r}", changed(role=role)
    for extra in ({"admin": True}, {"scope": "admin"}, {"roles": ["admin"]}, {"": 1}):
        yield f"more claims: {extra}", changed(**extra)


def spellings():
    good = compact(CLAIMS)
    yield "no object", with_claims("[]")
    yield "null", with_claims("null")
    yield "nothing", with_claims("")
    yield "empty object", with_claims("{}")
    yield "not JSON", with_claims("{'iss':1}")
    yield "white space", with_claims(json.dumps(CLAIMS))
    yield "a line break", with_claims(good + "\n")
    yield "another order", with_claims(dict(sorted(CLAIMS.items())))
    yield "escaped name", with_claims(good.replace('"role"', '"r\\u006fle"'))
    yield "escaped value", with_claims(good.replace('"student"', '"stud\\u0065nt"'))
    yield "two objects", with_claims(good * 2)
    yield "trailing comma", with_claims(good[:-1] + ",}")
    yield "comment", with_claims(good + "//")
    yield "absent claim as null", changed(mentor_id=None)
    yield "deep", with_claims('{"iss":' + "[" * 700 + "]" * 700 + "}")
    yield "byte order mark", with_claims("\ufeff" + good)
    yield "no UTF-8", with_claims(good.encode().replace(b"token_1", b"token_\xff"))
    yield "UTF-16", with_claims(good.encode("utf-16"))
    yield "half a surrogate", with_claims(good.replace("token_1", "\\ud800"))


def places_and_times():
    for issuer in (
        "https://evil.example",
        ISSUER + "/",
        ISSUER.upper(),
        "mentorbooking",
        ISSUER[:-1],
    ):
        yield f"iss {issuer}", changed(iss=issuer)
    for audience in (
        "other",
        "Mentorbooking",
        "mentorbooking ",
        ISSUER,
        ["mentorbooking", "other"],
    ):
        yield f"aud {audience}", changed(aud=audience)
    for name, iat, nbf, exp in (
        ("expired just now", -900, -900, 0),
        ("expired a second ago", -901, -901, -1),
        ("expired long ago", -90000, -90000, -89100),
        ("not yet, by six seconds", 6, 6, 906),
        ("not yet, by a day", 86400, 86400, 87300),
        ("good for a second too long", 0, 0, 901),
        ("good for a year", 0, 0, 365 * 86400),
        ("expires before it begins", 0, 10, -1),
        ("begins later than issued", 0, 600, 900),
    ):
        times = {"iat": SECONDS + iat, "nbf": SECONDS + nbf, "exp": SECONDS + exp}
        yield name, changed(**times)
    yield "in milliseconds", changed(exp=(SECONDS + 900) * 1000)


FORGED = cases(types, repeated, numbers, words, spellings, places_and_times)


def test_there_are_enough_of_them():
    assert_plenty(FORGED, 200)


@pytest.mark.parametrize("token", FORGED)
def test_none_is_accepted(token):
    assert_refused(token)
