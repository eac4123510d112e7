"""Secrets that are kept as hashes only, and addresses that are not kept at all."""

import hashlib
import hmac
import secrets

import pytest

from mentorbooking.adapters.identity.address_keys import address_key
from mentorbooking.adapters.identity.refresh_tokens import RandomRefreshTokens

TOKENS = RandomRefreshTokens(secrets.token_bytes)


def test_a_refresh_token_is_found_by_its_hash():
    text, token_hash = TOKENS.new()
    assert TOKENS.hash_of(text) == token_hash == hashlib.sha256(text.encode()).hexdigest()
    assert text not in token_hash


def test_it_holds_256_bits_of_chance():
    asked = []

    def token_bytes(count):
        asked.append(count)
        return bytes(range(count))

    assert (
        RandomRefreshTokens(token_bytes).new().text == "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
    )
    assert asked == [32]


def test_no_two_are_the_same():
    assert len({TOKENS.new().text for _ in range(1000)}) == 1000


@pytest.mark.parametrize("text", ["", "ü", "\ud800", "\x00", "x" * 1_000_000])
def test_whatever_is_presented_has_a_hash(text):
    assert len(TOKENS.hash_of(text)) == 64


def test_another_spelling_is_another_token():
    text, token_hash = TOKENS.new()
    for other in (text + "=", text + "\n", " " + text, text.swapcase(), text[:-1]):
        assert TOKENS.hash_of(other) != token_hash


def test_an_address_key_needs_the_key():
    key = address_key(b"k" * 32, "anna@example.org")
    assert key == hmac.new(b"k" * 32, b"anna@example.org", "sha256").hexdigest()
    assert key != address_key(b"l" * 32, "anna@example.org")
    assert key != address_key(b"k" * 32, "anne@example.org")


def test_an_address_key_is_hexadecimal_whatever_the_address():
    assert set(address_key(b"k" * 32, "änna@bücher.example")) <= set("0123456789abcdef")
