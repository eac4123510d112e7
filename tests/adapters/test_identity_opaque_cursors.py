"""Cursors: good for the list they were made for, and not when they were changed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentorbooking.adapters.identity import base64url
from mentorbooking.adapters.identity.opaque_cursors import OpaqueCursors
from mentorbooking.application.ports.cursors import InvalidCursor, listing_name
from tests.support.fixed import MENTOR, NOW
from tests.support.identity import KEYS, b64

CURSORS = OpaqueCursors(KEYS.cursors)
LISTING = listing_name("mentors", "hourly_rate", skill=["python"], premium=True)
VALUES = (45.5, MENTOR)
GOOD = CURSORS.encode(LISTING, VALUES)

values = st.lists(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=50),
    max_size=4,
)


@given(values)
def test_values_come_back_as_they_were(given_values):
    text = CURSORS.encode(LISTING, given_values)
    decoded = CURSORS.decode(LISTING, text)
    assert decoded == tuple(given_values)
    assert [type(value) for value in decoded] == [type(value) for value in given_values]
    assert all(letter.isascii() and (letter.isalnum() or letter in "-_") for letter in text)


@pytest.mark.parametrize(
    "other",
    [
        listing_name("mentors", "name", skill=["python"], premium=True),
        listing_name("bookings", "hourly_rate", skill=["python"], premium=True),
        listing_name("mentors", "hourly_rate", skill=["python"], premium=False),
        listing_name("mentors", "hourly_rate", skill=["python"]),
        listing_name("mentors", "hourly_rate", skill=["python", "go"], premium=True),
        listing_name("mentors", "hourly_rate", skill="python", premium=True),
        listing_name("mentors", "hourly_rate", skills=["python"], premium=True),
        listing_name("mentors"),
        "",
        LISTING + "\x00",
        LISTING[:-1],
    ],
)
def test_a_cursor_is_good_for_its_listing_only(other):
    with pytest.raises(InvalidCursor):
        CURSORS.decode(other, GOOD)


def test_what_the_listing_is_called_does_not_run_into_the_values():
    whole = base64url.decode(CURSORS.encode("list[", ["a"]))
    tag = whole[:16]
    assert whole[16:] == b'["a"]'
    for listing, content in (("list", b'[["a"]'), ('list[["a"]', b""), ("", b'list[["a"]')):
        with pytest.raises(InvalidCursor):
            CURSORS.decode(listing, b64(tag + content))


def test_a_listing_is_the_same_whatever_the_order_of_its_filters():
    one = listing_name("bookings", since=NOW, status="confirmed")
    assert one == listing_name("bookings", status="confirmed", since=NOW)


@pytest.mark.parametrize("place", range(len(GOOD)))
def test_a_cursor_with_another_letter_is_refused(place):
    for letter in "AB-_9":
        if GOOD[place] != letter:
            with pytest.raises(InvalidCursor):
                CURSORS.decode(LISTING, GOOD[:place] + letter + GOOD[place + 1 :])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "A",
        "AAAA",
        "0",
        "null",
        "[]",
        GOOD[:-1],
        GOOD[1:],
        GOOD[:21],
        GOOD[:22],
        GOOD + "A",
        GOOD + "=",
        GOOD + "==",
        GOOD + "\n",
        " " + GOOD,
        GOOD[:9] + "\n" + GOOD[9:],
        GOOD[:9] + "!" + GOOD[9:],
        GOOD[:9] + "+" + GOOD[10:],
        GOOD + "\u00fc",
        GOOD + "\ud800",
        GOOD + GOOD,
        GOOD.swapcase(),
        b64(b'[45.5,"mentor_1"]'),
        b64(bytes(16) + b'[45.5,"mentor_1"]'),
        OpaqueCursors(KEYS.links).encode(LISTING, VALUES),
        OpaqueCursors(b"").encode(LISTING, VALUES),
        "A" * 1_000_000,
    ],
)
def test_anything_else_is_refused(text):
    with pytest.raises(InvalidCursor) as refusal:
        CURSORS.decode(LISTING, text)
    assert refusal.value.code == "invalid-cursor"


def test_the_cursor_of_the_longest_name_is_short_enough():
    assert CURSORS.decode(LISTING, CURSORS.encode(LISTING, ["𝔐" * 200, MENTOR]))
