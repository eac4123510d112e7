"""Access tokens whose header says something else than ours: none is accepted."""

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from tests.support.forged_tokens import (
    CLAIMS,
    HEADER,
    KEY,
    SECONDS,
    assert_plenty,
    assert_refused,
    cases,
    with_header,
)
from tests.support.identity import ISSUER, b64, compact


def unsigned(header):
    return f"{b64(compact(header).encode())}.{b64(compact(CLAIMS).encode())}."


def algorithms():
    for name in ("none", "None", "NONE", "nOnE", "", None, [], ["HS256"], {}, 256, True):
        yield f"alg {name!r}, unsigned", unsigned({**HEADER, "alg": name})
        yield f"alg {name!r}, signed", with_header({**HEADER, "alg": name})
    yield "good header, unsigned", unsigned(HEADER)
    yield "no alg", with_header({"typ": "at+jwt"})
    for digest in ("sha384", "sha512"):
        name = f"HS{digest[3:]}"
        yield name, with_header({**HEADER, "alg": name}, digest=digest)
        yield f"{name} that says HS256", with_header(HEADER, digest=digest)
    yield "HS1", with_header({**HEADER, "alg": "HS1"}, digest="sha1")
    yield "SHA-1 that says HS256", with_header(HEADER, digest="sha1")
    for name in ("hs256", "HS256 ", "HS256\u0000", "SHA256", "RS256", "PS256", "ES256", "EdDSA"):
        yield f"alg {name!r}, HMAC with the real key", with_header({**HEADER, "alg": name})


def asymmetric():
    """Signed with keys of the attacker, or HMAC with a public key taken for the secret."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    curve = ec.generate_private_key(ec.SECP256R1())
    edwards = ed25519.Ed25519PrivateKey.generate()

    def signed(alg, sign, **header):
        first = compact({"alg": alg, "typ": "at+jwt", **header})
        signing_input = f"{b64(first.encode())}.{b64(compact(CLAIMS).encode())}"
        return f"{signing_input}.{b64(sign(signing_input.encode()))}"

    pkcs, sha = padding.PKCS1v15(), hashes.SHA256()
    public = private.public_key()
    jwk = {"kty": "RSA", "e": "AQAB", "n": b64(public.public_numbers().n.to_bytes(256, "big"))}
    yield "RS256", signed("RS256", lambda m: private.sign(m, pkcs, sha))
    yield "RS256, jwk", signed("RS256", lambda m: private.sign(m, pkcs, sha), jwk=jwk)
    yield "ES256", signed("ES256", lambda m: curve.sign(m, ec.ECDSA(sha)))
    yield "EdDSA", signed("EdDSA", edwards.sign)
    encoding, form = serialization.Encoding, serialization.PublicFormat
    for name, key in (("RSA", public), ("EC", curve.public_key()), ("Ed", edwards.public_key())):
        pem = key.public_bytes(encoding.PEM, form.SubjectPublicKeyInfo)
        der = key.public_bytes(encoding.DER, form.SubjectPublicKeyInfo)
        for kind, secret in (("PEM", pem), ("PEM, stripped", pem.strip()), ("DER", der)):
            yield f"HMAC with the {name} public key, {kind}", with_header(HEADER, key=secret)
            yield (
                f"the same, RS256: {name} {kind}",
                with_header({**HEADER, "alg": "RS256"}, secret),
            )


def headers():
    for member, values in {
        "kid": ("../../../../dev/null", "' UNION SELECT 'k", "|/bin/id", "1", "", 1, None, ["1"]),
        "jku": ("https://evil.example/jwks.json", f"{ISSUER}/jwks.json"),
        "x5u": ("https://evil.example/cert.pem",),
        "x5c": (["MIIB"],),
        "x5t": ("abc",),
        "jwk": ({"kty": "oct", "k": b64(KEY)}, {"kty": "oct", "k": ""}),
        "crit": ([], ["exp"], ["b64"], "exp", ["typ"]),
        "b64": (False, True),
        "zip": ("DEF",),
        "cty": ("JWT", "at+jwt"),
        "enc": ("A256GCM",),
        "exp": (SECONDS + 900,),
        "role": ("admin",),
    }.items():
        for value in values:
            yield f"{member} {value!r} in the header", with_header({**HEADER, member: value})
    for typ in (
        "JWT",
        "jwt",
        "AT+JWT",
        "at+jwt ",
        "application/at+jwt",
        "invitation+jwt",
        "id_token",
        "",
        None,
        1,
        ["at+jwt"],
    ):
        yield f"typ {typ!r}", with_header({**HEADER, "typ": typ})
    yield "no typ", with_header({"alg": "HS256"})
    yield "kid of an empty key", with_header({**HEADER, "kid": "/dev/null"}, key=b"")
    for name, text in {
        "other order": '{"typ":"at+jwt","alg":"HS256"}',
        "white space": '{"alg": "HS256", "typ": "at+jwt"}',
        "line break": '{"alg":"HS256","typ":"at+jwt"}\n',
        "alg twice": '{"alg":"none","alg":"HS256","typ":"at+jwt"}',
        "alg twice, none last": '{"alg":"HS256","alg":"none","typ":"at+jwt"}',
        "typ twice": '{"alg":"HS256","typ":"JWT","typ":"at+jwt"}',
        "escapes": '{"alg":"HS\\u003256","typ":"at+jwt"}',
        "a list": '["HS256","at+jwt"]',
        "a string": '"HS256"',
        "null": "null",
        "not JSON": "{alg:HS256}",
        "deep": "[" * 500,
        "byte order mark": '\ufeff{"alg":"HS256","typ":"at+jwt"}',
    }.items():
        yield f"header: {name}", with_header(text)


FORGED = cases(algorithms, asymmetric, headers)


def test_there_are_enough_of_them():
    assert_plenty(FORGED, 100)


@pytest.mark.parametrize("token", FORGED)
def test_none_is_accepted(token):
    assert_refused(token)
