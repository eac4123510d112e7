"""What is decoded, what is refused, and that all of it is told at once."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UNSET, Meta, UnsetType

from mentorbooking.domain.kernel.errors import InvalidContent
from mentorbooking.domain.kernel.unacceptable import Unacceptable
from mentorbooking.entrypoints.decoding.decoder import Decoder
from mentorbooking.entrypoints.decoding.fields import Instant, ruled
from mentorbooking.entrypoints.decoding.malformed import Malformed
from mentorbooking.entrypoints.decoding.places import MOST_ERRORS
from tests.http.demo_operations import NewBooking, NewSlots, ProfileChanges


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


def _even(number: int) -> int:
    if number % 2:
        raise Unacceptable("odd", "An even number.")
    return number


def _no_more_than_two(numbers: tuple[int, ...]) -> tuple[int, ...]:
    if len(numbers) > 2:
        raise Unacceptable("too-many-items", "Two at most.")
    return tuple(sorted(numbers))


Even = Annotated[int, ruled(_even)]


class Inner(msgspec.Struct, forbid_unknown_fields=True):
    even: Even = 0


class Everything(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    whole: int | UnsetType = UNSET
    number: float | None = None
    truth: bool = False
    code: Annotated[str, Meta(min_length=2, max_length=3)] = "ab"
    slug: Annotated[str, Meta(pattern="^[a-z]+$")] = "a"
    bounded: Annotated[int, Meta(ge=1, le=9)] = 1
    colour: Colour = Colour.RED
    letter: Literal["a", "b"] = "a"
    at: Instant | None = None
    inner: Inner | None = None
    many: Annotated[list[Inner], Meta(min_length=1, max_length=3)] | UnsetType = UNSET
    evens: Annotated[tuple[Even, ...], ruled(_no_more_than_two)] = ()
    mixed: int | str | None = None
    free: dict[str, int] = {}


def errors(kind: type[msgspec.Struct], body: Any) -> list[tuple[str, str]]:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    with pytest.raises(InvalidContent) as refusal:
        Decoder(kind).from_json(raw)
    return [(error.pointer, error.code) for error in refusal.value.errors]


def test_what_is_right_is_decoded() -> None:
    body = b'{"whole":1,"at":"2026-12-01T10:00:00+01:00","many":[{"even":2}],"evens":[4,2]}'
    decoded = Decoder(Everything).from_json(body)
    assert decoded.whole == 1
    assert decoded.at == datetime(2026, 12, 1, 9, tzinfo=UTC)
    assert decoded.many == [Inner(2)]
    assert decoded.evens == (2, 4)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"whole": 1.0}, ("#/whole", "invalid-type")),
        ({"whole": "1"}, ("#/whole", "invalid-type")),
        ({"whole": True}, ("#/whole", "invalid-type")),
        ({"whole": None}, ("#/whole", "invalid-type")),
        ({"number": "1.5"}, ("#/number", "invalid-type")),
        ({"number": True}, ("#/number", "invalid-type")),
        ({"truth": 1}, ("#/truth", "invalid-type")),
        ({"truth": "true"}, ("#/truth", "invalid-type")),
        ({"code": "a"}, ("#/code", "too-short")),
        ({"code": "abcd"}, ("#/code", "too-long")),
        ({"code": 12}, ("#/code", "invalid-type")),
        ({"slug": "A"}, ("#/slug", "invalid-value")),
        ({"bounded": 0}, ("#/bounded", "out-of-range")),
        ({"bounded": 10}, ("#/bounded", "out-of-range")),
        ({"colour": "green"}, ("#/colour", "invalid-value")),
        ({"colour": 3}, ("#/colour", "invalid-type")),
        ({"letter": "c"}, ("#/letter", "invalid-value")),
        ({"at": "2026-12-01T10:00:00"}, ("#/at", "offset-required")),
        ({"at": "2026-12-01"}, ("#/at", "invalid-instant")),
        ({"at": "2026-12-01T10:00:00+0100"}, ("#/at", "invalid-instant")),
        ({"at": "2026-13-01T10:00:00Z"}, ("#/at", "invalid-instant")),
        ({"at": 1_800_000_000}, ("#/at", "invalid-type")),
        ({"inner": []}, ("#/inner", "invalid-type")),
        ({"inner": {"even": 1}}, ("#/inner/even", "odd")),
        ({"inner": {"uneven": 1}}, ("#/inner/uneven", "unknown-field")),
        ({"many": []}, ("#/many", "too-few-items")),
        ({"many": [{}, {}, {}, {}]}, ("#/many", "too-many-items")),
        ({"many": [1, 2, 3, 4]}, ("#/many", "too-many-items")),
        ({"many": {}}, ("#/many", "invalid-type")),
        ({"many": [{"even": 3}]}, ("#/many/0/even", "odd")),
        ({"evens": [2, 3]}, ("#/evens/1", "odd")),
        ({"evens": [2, 4, 6]}, ("#/evens", "too-many-items")),
        ({"mixed": []}, ("#/mixed", "invalid-type")),
        ({"free": {"a": "b"}}, ("#/free", "invalid-type")),
        ({"a/b~c d": 1}, ("#/a~1b~0c%20d", "unknown-field")),
        (b'{"number": 1e400}', ("#/number", "out-of-range")),
        ([], ("#", "invalid-type")),
        (None, ("#", "invalid-type")),
    ],
)
def test_one_wrong_thing_is_told_with_its_place(body: Any, expected: tuple[str, str]) -> None:
    assert errors(Everything, body) == [expected]


def test_everything_wrong_is_told_at_once() -> None:
    body = {
        "whole": "x",
        "evens": [1, "x", 3],
        "many": [{"even": 1}, {"even": "x", "odd": 1}, 5],
        "colour": "green",
        "colur": "red",
    }
    assert errors(Everything, body) == [
        ("#/whole", "invalid-type"),
        ("#/colour", "invalid-value"),
        ("#/many/0/even", "odd"),
        ("#/many/1/even", "invalid-type"),
        ("#/many/1/odd", "unknown-field"),
        ("#/many/2", "invalid-type"),
        ("#/evens/0", "odd"),
        ("#/evens/1", "invalid-type"),
        ("#/evens/2", "odd"),
        ("#/colur", "unknown-field"),
    ]


def test_rules_are_told_beside_types_and_missing_fields() -> None:
    slots = {"slots": [{"start": "2026-12-01T09:00:00", "end": 5}, {"start": "soon"}]}
    assert errors(NewSlots, slots) == [
        ("#/slots/0/start", "offset-required"),
        ("#/slots/0/end", "invalid-type"),
        ("#/slots/1/start", "invalid-instant"),
        ("#/slots/1/end", "missing-value"),
    ]


def test_a_detail_says_what_is_allowed() -> None:
    with pytest.raises(InvalidContent) as refusal:
        Decoder(Everything).from_json(b'{"colour":"green","letter":"c","whole":null}')
    details = {error.pointer: error.detail for error in refusal.value.errors}
    assert details == {
        "#/colour": "One of: red, blue.",
        "#/letter": "One of: a, b.",
        "#/whole": "Expected a whole number, got null.",
    }


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"nope",
        b"{",
        b'{"whole": "x", nope',
        b'{"whole": 1} {',
        b"\xef\xbb\xbf{}",
        b'{"code": "\xff"}',
        b'{"\xff": 1}',
        b'{"number": NaN}',
        b'{"code": "\\ud800", "number": NaN}',
        b'{"whole": "x", "code": "\\ud800", nope',
        b"[" * 100_000,
        b'{"inner":' * 100_000,
        b"[" * 700 + b'"\\ud800"' + b"]" * 700,
    ],
)
def test_what_is_not_json_at_all_is_malformed(raw: bytes) -> None:
    with pytest.raises(Malformed):
        Decoder(Everything).from_json(raw)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b'{"code": "\\ud800"}', {("#/code", "invalid-text")}),
        (b'{"inner": {"a": ["\\udc00\\ud800"]}}', {("#/inner/a/0", "invalid-text")}),
        (b'{"\\ud83d": 1}', {("#", "invalid-text"), ("#/%3F", "unknown-field")}),
        (b'"\\ud800"', {("#", "invalid-text")}),
        (
            b'{"whole": "x", "code": "\\ud800", "number": 1e400, "many": []}',
            {("#/code", "invalid-text")},
        ),
        (
            b'{"many": [], "code": "\\ud800", "whole": "x"}',
            {("#/code", "invalid-text"), ("#/whole", "invalid-type"), ("#/many", "too-few-items")},
        ),
    ],
)
def test_halves_of_characters_are_json_and_no_text(
    raw: bytes, expected: set[tuple[str, str]]
) -> None:
    assert expected <= set(errors(Everything, raw))


def test_a_pair_of_halves_is_a_character() -> None:
    assert (
        Decoder(Everything).from_json(b'{"whole":1,"code":"\\ud83d\\ude00."}').code == "\U0001f600."
    )


def test_halves_are_not_told_for_ever() -> None:
    halves = b'{"many": [' + b'"\\ud800",' * (MOST_ERRORS * 2) + b"1]}"
    assert len(errors(Everything, halves)) == MOST_ERRORS


def test_the_last_of_repeated_members_counts() -> None:
    assert Decoder(Everything).from_json(b'{"whole":1,"whole":2}').whole == 2


def test_rubbish_is_not_explained_for_ever() -> None:
    rubbish = {f"field-{number}": number for number in range(MOST_ERRORS * 2)}
    assert len(errors(Everything, rubbish)) == MOST_ERRORS


def test_text_is_kept_clean() -> None:
    changes = Decoder(ProfileChanges).from_json(
        b'{"name":"  Zoe\\u0308 ","skills":[" Go","go ","SQL"],"hourly_rate":45}'
    )
    assert (changes.name, changes.skills, changes.hourly_rate) == ("Zoë", ["Go", "SQL"], 45.0)


numbers = st.floats(allow_nan=False, allow_infinity=False)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | numbers | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
names = st.sampled_from([*Everything.__struct_fields__, "slots", "start", "end", "name", "email"])
bodies = st.dictionaries(names | st.text(), json_values, max_size=6) | json_values


@settings(max_examples=100)
@given(body=bodies)
@pytest.mark.parametrize("kind", [Everything, NewSlots, ProfileChanges, NewBooking])
def test_any_json_is_decoded_or_refused(kind: type[msgspec.Struct], body: Any) -> None:
    raw = json.dumps(body).encode()
    try:
        decoded = Decoder(kind).from_json(raw)
    except InvalidContent as refusal:
        told = refusal.errors
    else:
        assert isinstance(decoded, kind)
        return
    assert told
    assert all(error.pointer.startswith("#") for error in told)


@settings(max_examples=100)
@given(raw=st.binary(max_size=60))
def test_any_bytes_are_decoded_or_refused(raw: bytes) -> None:
    try:
        Decoder(Everything).from_json(raw)
    except (InvalidContent, Malformed):
        return
    assert isinstance(json.loads(raw), dict)
