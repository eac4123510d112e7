"""The types of fields: what they keep, and what their schema says of them."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from mentorbooking.domain.kernel.errors import InvalidContent
from mentorbooking.entrypoints.decoding import fields
from mentorbooking.entrypoints.decoding.decoder import Decoder


class Person(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    name: fields.Name = "-"
    title: fields.Title = ""
    description: fields.Description = ""
    reason: fields.Reason = ""
    bio: fields.Bio = ""
    email: fields.Email = "a@example.org"
    password: fields.Password = "0123456789"
    time_zone: fields.TimeZone = "UTC"
    start: fields.Instant | None = None
    languages: fields.Languages = []
    hourly_rate: fields.HourlyRate = 0
    mobile_number: fields.MobileNumber | None = None


def kept(**given: Any) -> Person:
    return Decoder(Person).from_json(msgspec.json.encode(given))


def refused(**given: Any) -> dict[str, str]:
    with pytest.raises(InvalidContent) as refusal:
        kept(**given)
    return {error.pointer: error.code for error in refusal.value.errors}


def test_text_is_trimmed_before_it_is_counted() -> None:
    assert kept(title=f"  {'x' * 200}\n").title == "x" * 200


@pytest.mark.parametrize(
    ("field", "limit"),
    [("name", 200), ("title", 200), ("reason", 1000), ("description", 5000), ("bio", 10_000)],
)
def test_limits_count_characters_of_the_text_as_kept(field: str, limit: int) -> None:
    composed = "e\N{COMBINING ACUTE ACCENT}" * limit
    assert getattr(kept(**{field: composed}), field) == "é" * limit
    assert refused(**{field: "x" * (limit + 1)}) == {f"#/{field}": "too-long"}


def test_long_text_keeps_its_lines() -> None:
    assert kept(description="One.\n\n\tTwo.").description == "One.\n\n\tTwo."


def test_names_are_not_empty_and_hold_no_control_characters() -> None:
    assert refused(name=" \t") == {"#/name": "missing-value"}
    assert refused(name="a\x00b") == {"#/name": "invalid-text"}


def test_an_address_is_kept_as_shown() -> None:
    assert kept(email=" Ada@Example.org ").email == "Ada@Example.org"
    assert refused(email="ada@") == {"#/email": "invalid-email"}


def test_a_password_is_taken_as_typed() -> None:
    assert kept(password="  spaced out  ").password == "  spaced out  "
    assert refused(password="x" * 9) == {"#/password": "too-short"}
    assert refused(password="x" * 201) == {"#/password": "too-long"}


def test_a_zone_has_to_be_known() -> None:
    assert refused(time_zone="Mars/Olympus") == {"#/time_zone": "unknown-time-zone"}


@pytest.mark.parametrize("start", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_an_instant_that_is_stored_lies_between_sane_years(start: str) -> None:
    assert refused(start=start) == {"#/start": "out-of-range"}


def test_instants_are_kept_in_utc() -> None:
    told = msgspec.json.encode(kept(start="2026-10-25T02:30:00.5+01:00"))
    assert told == b'{"start":"2026-10-25T01:30:00.500000Z"}'


def test_the_schema_tells_the_limits() -> None:
    schema = msgspec.json.schema(Person)["$defs"]["Person"]["properties"]
    assert (schema["name"]["minLength"], schema["name"]["maxLength"]) == (1, 200)
    assert schema["start"]["anyOf"][0]["format"] == "date-time"
    assert schema["email"]["format"] == "email"
