"""Access tokens under other keys, of other kinds, or changed on the way: none is accepted."""

import string
from base64 import b64encode
from datetime import timedelta

import pytest

from mentorbooking.adapters.identity.invitations import SignedInvitations
from mentorbooking.adapters.identity.opaque_cursors import OpaqueCursors
from mentorbooking.adapters.identity.refresh_tokens import RandomRefreshTokens
from mentorbooking.adapters.identity.secret_key import derive_keys
from mentorbooking.adapters.identity.signed_links import SignedLinks
from mentorbooking.application.ports.identity import InvitationClaims
from tests.support.effort import chance_of, seeds
from tests.support.fixed import MENTOR, NOW, USER
from tests.support.forged_tokens import (
    CLAIMS,
    GOOD,
    HEADER,
    KEY,
    TOKENS,
    assert_plenty,
    assert_refused,
    cases,
    with_header,
)
from tests.support.identity import (
    CALLER,
    ISSUER,
    KEYS,
    SECRET,
    access_tokens,
    b64,
    compact,
    each_letter_changed,
)


def test_the_token_that_is_bent_was_good():
    assert TOKENS.verify(GOOD, NOW) == CALLER


def other_keys():
    others = derive_keys(b"the secret of another installation")
    for name, key in {
        "links": KEYS.links,
        "invitations": KEYS.invitations,
        "cursors": KEYS.cursors,
        "the secret itself": SECRET,
        "nothing": b"",
        "zeros": bytes(32),
        "the key in hex": KEY.hex().encode(),
        "the key as text": b64(KEY).encode(),
        "half of the key": KEY[:16],
        "the key and more": KEY + b"\x01",
        "the key backwards": KEY[::-1],
        "another installation": others.access_tokens,
        "the issuer": ISSUER.encode(),
        "secret": b"secret",
    }.items():
        yield f"key: {name}", with_header(HEADER, key=key)
    yield "of another installation", access_tokens(others.access_tokens).issue(CALLER, NOW)[0]
    yield "for another issuer", access_tokens(issuer="https://x.example").issue(CALLER, NOW)[0]


def of_other_kinds():
    invitations = SignedInvitations(KEYS.invitations)
    claims = InvitationClaims(MENTOR, "invitation_1", NOW + timedelta(days=7))
    yield "an invitation", invitations.token(claims)
    yield "an invitation under our key", SignedInvitations(KEY).token(claims)
    yield "a refresh token", RandomRefreshTokens(bytes).new().text
    yield "a cursor", OpaqueCursors(KEY).encode("mentors", ["a", "b"])
    yield "a download link", SignedLinks(KEY).sign("exports/x.csv", NOW).query
    yield "a user's id", USER


def bent():
    """A good token, changed."""
    head, _, signature = GOOD.split(".")
    for length in (0, 1, 5, len(head), len(head) + 1, -100, -44, -43, -1):
        yield f"cut at {length}", GOOD[:length]
    for place, changed in enumerate(each_letter_changed(GOOD)):
        yield f"letter {place}", changed
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    last = letters.index(signature[-1])
    for bits in (1, 2, 3):
        yield f"left-over bits {bits}", GOOD[:-1] + letters[last ^ bits]
    admin = b64(compact({**CLAIMS, "role": "admin"}).encode())
    yield "other claims under the signature", f"{head}.{admin}.{signature}"


def spelled_differently():
    head, payload, signature = GOOD.split(".")
    yield "padding", GOOD + "="
    yield "two paddings", GOOD + "=="
    yield "padded claims", f"{head}.{payload}{'=' * (-len(payload) % 4)}=.{signature}"
    for name, text in (("line break", "\n"), ("space", " "), ("NUL", "\x00"), ("dot", ".")):
        yield f"{name} behind", GOOD + text
        yield f"{name} before", text + GOOD
        yield f"{name} within", f"{head}.{payload}.{signature[:20]}{text}{signature[20:]}"
    yield "strange letters within", f"{head}.{payload}.{signature[:20]}!*{signature[20:]}"
    yield "two dots", f"{head}..{payload}.{signature}"
    yield "four segments", f"{GOOD}.{signature}"
    yield "five segments", f"{head}.{payload}.{payload}.{signature}.{signature}"
    yield "twice", GOOD + GOOD
    yield "no signature", f"{head}.{payload}."
    yield "no claims", f"{head}..{signature}"
    yield "only dots", ".."
    yield "segments swapped", f"{payload}.{head}.{signature}"
    yield "with its scheme", "Bearer " + GOOD
    yield "quoted", f'"{GOOD}"'
    yield "in capitals", GOOD.upper()
    yield "percent-encoded", GOOD.replace(".", "%2E")
    yield "other dots", GOOD.replace(".", "\u2024")
    yield "full-width", GOOD.replace("e", "\uff45", 1)
    yield "a lone surrogate behind", GOOD + "\ud800"
    yield "a lone surrogate within", f"{head}.\ud800.{signature}"
    yield "empty", ""
    yield "long", GOOD + "A" * 100_000
    yield "very long", f"{head}.{'A' * 1_000_000}.{signature}"
    members = {"payload": payload, "protected": head, "signature": signature}
    yield "JSON serialization", compact(members)
    foreign = compact({**CLAIMS, "sub": "???>>>"}).encode()
    yield "plain base64", f"{head}.{b64encode(foreign).decode().rstrip('=')}.{signature}"


FORGED = cases(other_keys, of_other_kinds, bent, spelled_differently)


def test_there_are_enough_of_them():
    assert_plenty(FORGED, 100)


@pytest.mark.parametrize("token", FORGED)
def test_none_is_accepted(token):
    assert_refused(token)


OTHER = TOKENS.issue(CALLER, NOW - timedelta(seconds=1)).access_token


def test_none_that_was_bent_at_random_is_accepted():
    """A round is a token, bent in up to three places."""
    letters = string.ascii_letters + string.digits + "-_.=+/ \x00é"
    for seed in seeds(500):
        chance, token = chance_of(seed, what="token"), GOOD
        while token in (GOOD, OTHER):
            for _ in range(chance.randint(1, 3)):
                token = bent_somewhere(token, letters, chance)
        assert_refused(token)


def bent_somewhere(token, letters, chance):
    start, end = sorted(chance.choices(range(len(token) + 1), k=2))
    part = token[start:end]
    match chance.randrange(6):
        case 0:
            instead = ""
        case 1:
            instead = part + part
        case 2:
            instead = part[::-1]
        case 3:
            instead = part.swapcase()
        case 4:
            instead = "".join(chance.choices(letters, k=len(part)))
        case _:
            instead = OTHER[start:end]
    return token[:start] + instead + token[end:]
