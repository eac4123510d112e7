"""Tokens that say they are the user pool's, under other keys, headers or spellings: none passes."""

from base64 import b64encode

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding

from tests.support.fixed import NOW
from tests.support.forged_pool_tokens import (
    GOOD,
    OTHER_KEY_ID,
    assert_plenty,
    assert_refused,
    pool,
    server,
    verify,
)
from tests.support.forged_tokens import GOOD as OWN
from tests.support.forged_tokens import KEY as OWN_KEY
from tests.support.forged_tokens import cases
from tests.support.identity import b64, compact, each_letter_changed, signed_by_hand
from tests.support.user_pool import CLAIMS, HEADER, KEY_ID, SUBJECT, jwk_of, rsa_key, signed, token

__all__ = ["pool", "server", "verify"]

pytestmark = pytest.mark.anyio


async def test_the_token_that_is_bent_was_good(pool):
    assert pool.names_itself_in(GOOD)
    assert (await pool.verify(GOOD, NOW)).subject == SUBJECT


async def test_our_own_token_passes_beside_it(verify):
    assert (await verify(OWN, "request-1")).user_id


def with_header(header, key=None, **wishes):
    return signed(header, CLAIMS, key, **wishes)


def by_hmac(header, key, digest="sha256"):
    return signed_by_hand(compact(header), compact(CLAIMS), key, digest)


def unsigned(header):
    return f"{b64(compact(header).encode())}.{b64(compact(CLAIMS).encode())}."


def algorithms():
    for name in ("none", "None", "NONE", "nOnE", "", None, [], ["RS256"], {}, 256, True):
        yield f"alg {name!r}, unsigned", unsigned({**HEADER, "alg": name})
        yield f"alg {name!r}, signed", with_header({**HEADER, "alg": name})
    yield "good header, unsigned", unsigned(HEADER)
    yield "no alg", with_header({"kid": KEY_ID})
    for name in ("rs256", "RS256 ", "RS256\u0000", "RS384", "RS512", "PS256", "ES256", "HS256"):
        yield f"alg {name!r}, RS256 in truth", with_header({**HEADER, "alg": name})
    salted = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
    yield "PSS that says RS256", with_header(HEADER, padding=salted)
    yield "PS256", with_header({**HEADER, "alg": "PS256"}, padding=salted)
    for digest in (hashes.SHA384(), hashes.SHA512(), hashes.SHA1()):
        yield f"{digest.name} that says RS256", with_header(HEADER, digest=digest)
    yield "RS512", with_header({**HEADER, "alg": "RS512"}, digest=hashes.SHA512())


def public_keys_taken_for_secrets():
    encoding, form = serialization.Encoding, serialization.PublicFormat
    public = rsa_key().public_key()
    texts = {
        "PEM": public.public_bytes(encoding.PEM, form.SubjectPublicKeyInfo),
        "PKCS1 PEM": public.public_bytes(encoding.PEM, form.PKCS1),
        "DER": public.public_bytes(encoding.DER, form.SubjectPublicKeyInfo),
        "JWK": compact(jwk_of(rsa_key())).encode(),
        "modulus": str(jwk_of(rsa_key())["n"]).encode(),
        "nothing": b"",
        "our own key": OWN_KEY,
    }
    for name, secret in texts.items():
        for alg in ("HS256", "RS256"):
            yield f"{alg}, {name}", by_hmac({**HEADER, "alg": alg}, secret)
        yield f"HS256, {name}, stripped", by_hmac({**HEADER, "alg": "HS256"}, secret.strip() + b" ")
        yield f"our own header, {name}", by_hmac({"alg": "HS256", "typ": "at+jwt"}, secret)
    yield "HS512", by_hmac({**HEADER, "alg": "HS512"}, texts["PEM"], "sha512")


def other_keys():
    yield "a key of the forger", with_header(HEADER, rsa_key(99))
    yield "with the key in it", with_header({**HEADER, "jwk": jwk_of(rsa_key(99))}, rsa_key(99))
    yield "another key of the pool", with_header(HEADER, rsa_key(2))
    yield "the id of another key of the pool", with_header({**HEADER, "kid": OTHER_KEY_ID})
    curve = ec.generate_private_key(ec.SECP256R1())
    edwards = ed25519.Ed25519PrivateKey.generate()
    for alg, sign in {
        "ES256": lambda m: curve.sign(m, ec.ECDSA(hashes.SHA256())),
        "EdDSA": edwards.sign,
    }.items():
        for said in (alg, "RS256"):
            first = compact({**HEADER, "alg": said})
            signing_input = f"{b64(first.encode())}.{b64(compact(CLAIMS).encode())}"
            yield f"{alg} that says {said}", f"{signing_input}.{b64(sign(signing_input.encode()))}"


def headers():
    for kid in (
        "../../dev/null",
        "' OR 1=1 --",
        "|/bin/id",
        "1",
        "",
        " ",
        "x" * 300,
        KEY_ID + "\n",
    ):
        yield f"kid {kid[:20]!r}", with_header({**HEADER, "kid": kid})
    for kid in (1, None, [KEY_ID], {"kid": KEY_ID}, True):
        yield f"kid {kid!r}", with_header({**HEADER, "kid": kid})
    yield "no kid", with_header({"alg": "RS256"})
    for member, values in {
        "jku": ("https://evil.example/jwks.json",),
        "x5u": ("https://evil.example/cert.pem",),
        "x5c": (["MIIB"],),
        "jwk": (jwk_of(rsa_key()), {"kty": "oct", "k": ""}),
        "crit": ([], ["exp"], ["b64"]),
        "b64": (False, True),
        "zip": ("DEF",),
        "cty": ("JWT",),
        "enc": ("A256GCM",),
        "cognito:groups": (["admin"],),
        "typ": ("at+jwt", "jwt", "", None, 1, "id_token"),
    }.items():
        for value in values:
            yield f"{member} {str(value)[:20]!r}", with_header({**HEADER, member: value})
    for name, text in {
        "alg twice": f'{{"alg":"none","alg":"RS256","kid":"{KEY_ID}"}}',
        "kid twice": f'{{"alg":"RS256","kid":"other","kid":"{KEY_ID}"}}',
        "a list": '["RS256"]',
        "a string": '"RS256"',
        "null": "null",
        "nothing": "",
        "not JSON": "{alg:RS256}",
        "deep": "[" * 300,
        "byte order mark": "\ufeff" + compact(HEADER),
        "padded to be long": compact(HEADER) + " " * 600,
    }.items():
        yield f"header: {name}", with_header(text)


def bent():
    head, _, signature = GOOD.split(".")
    for length in (0, 1, 5, len(head), len(head) + 1, -343, -342, -100, -1):
        yield f"cut at {length}", GOOD[:length]
    for place, changed in enumerate(each_letter_changed(GOOD)):
        yield f"letter {place}", changed
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    last = letters.index(signature[-1])
    for bits in (1, 2, 3):
        yield f"left-over bits {bits}", GOOD[:-1] + letters[last ^ bits]
    admin = b64(compact({**CLAIMS, "cognito:groups": ["admin"]}).encode())
    yield "other claims under the signature", f"{head}.{admin}.{signature}"


def spelled_differently():
    head, payload, signature = GOOD.split(".")
    yield "padding", GOOD + "=="
    yield "padded claims", f"{head}.{payload}=.{signature}"
    for name, text in (("line break", "\n"), ("space", " "), ("NUL", "\x00"), ("dot", ".")):
        yield f"{name} behind", GOOD + text
        yield f"{name} before", text + GOOD
        yield f"{name} within", f"{head}.{payload}.{signature[:20]}{text}{signature[20:]}"
    yield "strange letters within", f"{head}.{payload}.{signature[:20]}!*{signature[20:]}"
    yield "two dots", f"{head}..{payload}.{signature}"
    yield "four segments", f"{GOOD}.{signature}"
    yield "no signature", f"{head}.{payload}."
    yield "no claims", f"{head}..{signature}"
    yield "twice", GOOD + GOOD
    yield "with its scheme", "Bearer " + GOOD
    yield "quoted", f'"{GOOD}"'
    yield "in capitals", GOOD.upper()
    yield "full-width", GOOD.replace("e", "\uff45", 1)
    yield "a lone surrogate within", f"{head}.\ud800.{signature}"
    yield "a shorter signature", f"{head}.{payload}.{b64(bytes(255))}"
    yield "a signature of zeros", f"{head}.{payload}.{b64(bytes(256))}"
    yield "a longer signature", f"{head}.{payload}.{b64(bytes(257))}"
    yield "a leading zero byte", f"{head}.{payload}.{b64(bytes(1))}{signature}"
    yield "long", GOOD + "A" * 100_000
    yield "too long, though signed", token(note="x" * 8000)
    yield (
        "JSON serialization",
        compact({"payload": payload, "protected": head, "signature": signature}),
    )
    foreign = compact({**CLAIMS, "username": "???>>>"}).encode()
    yield "plain base64", f"{head}.{b64encode(foreign).decode().rstrip('=')}.{signature}"


def mixed_with_our_own():
    head, payload, signature = GOOD.split(".")
    own_head, own_payload, own_signature = OWN.split(".")
    yield "our header", f"{own_head}.{payload}.{signature}"
    yield "our claims", f"{head}.{own_payload}.{signature}"
    yield "our signature", f"{head}.{payload}.{own_signature}"
    yield "their header on ours", f"{head}.{own_payload}.{own_signature}"
    yield "their signature on ours", f"{own_head}.{own_payload}.{signature}"
    yield "theirs behind ours", f"{OWN}.{GOOD}"


FORGED = cases(
    algorithms,
    public_keys_taken_for_secrets,
    other_keys,
    headers,
    bent,
    spelled_differently,
    mixed_with_our_own,
)


def test_there_are_enough_of_them():
    assert_plenty(FORGED, 200)


@pytest.mark.parametrize("forged", FORGED)
async def test_none_is_accepted(verify, forged):
    await assert_refused(verify, forged)


async def test_they_made_the_service_ask_for_keys_now_and_then_only(server):
    assert 1 <= len(server.asked) <= 10
