"""What counts as an e-mail address, and when two of them are the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentorbooking.application.email_addresses import normalise_email, read_email
from mentorbooking.domain.kernel.unacceptable import Unacceptable

LONGEST = f"{'x' * 64}@{'.'.join(['x' * 46] * 4)}.x"
"""254 characters: as many as an address may have."""


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("anna@example.org", "anna@example.org"),
        ("  Anna.Novak@EXAMPLE.Org\n", "anna.novak@example.org"),
        ("anna+mentor@example.com", "anna+mentor@example.com"),
        ("anna@mail.example", "anna@mail.example"),
        ("anna@mail.test", "anna@mail.test"),
        (LONGEST, LONGEST),
        ("zoë@example.org", "zoë@example.org"),
        ("zoe\u0308@example.org", "zoë@example.org"),
        ("a@xn--mller-kva.example", "a@müller.example"),
        ("a@MÜLLER.example", "a@müller.example"),
    ],
)
def test_equal_addresses_have_one_key(typed: str, key: str) -> None:
    assert normalise_email(typed) == key
    assert normalise_email(key) == key


def test_the_address_is_shown_as_typed() -> None:
    assert read_email(" Zoe\u0308@Example.ORG ").shown == "Zoë@Example.ORG"


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "not-an-address",
        "@example.org",
        "anna@",
        "anna@test",
        "anna@localhost",
        "anna@host.local",
        "anna@nowhere.invalid",
        "anna@192.0.2.1",
        "anna@[192.0.2.1]",
        "anna..novak@example.org",
        "anna@example..org",
        "Anna <anna@example.org>",
        '"anna novak"@example.org',
        "anna@example.org, bob@example.org",
        "line\r\nbreak@example.org",
        "nul\0@example.org",
        "half\ud800@example.org",
        LONGEST + "x",
        "a\u0300\u0323" * 300_000 + "@example.org",
    ],
)
def test_anything_else_is_refused_without_being_quoted(typed: str) -> None:
    with pytest.raises(Unacceptable) as refused:
        read_email(typed)
    assert refused.value.code == "invalid-email"
    assert refused.value.detail == "An e-mail address such as anna@example.org."


@given(st.emails(domains=st.sampled_from(["example.org", "Mail.Example.NET"])))
def test_a_key_is_its_own_key(typed: str) -> None:
    key = normalise_email(typed)
    assert normalise_email(key) == key == normalise_email(typed.upper())
