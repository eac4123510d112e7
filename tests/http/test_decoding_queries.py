"""Query strings are as strict as bodies, and tell errors by the parameter's name."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mentorbooking.domain.kernel.errors import InvalidContent
from mentorbooking.entrypoints.decoding.fields import EARLIEST
from mentorbooking.entrypoints.decoding.places import MOST_ERRORS
from mentorbooking.entrypoints.http.query import NoParameters, QueryDecoder
from tests.http.demo_failures import Which
from tests.http.demo_operations import Filters

decode = QueryDecoder(Filters).decode


def errors(query: bytes) -> list[tuple[str, str]]:
    with pytest.raises(InvalidContent) as refusal:
        decode(query)
    return [(error.pointer, error.code) for error in refusal.value.errors]


def test_nothing_is_all_defaults() -> None:
    assert decode(b"") == Filters()


def test_every_kind_of_value() -> None:
    query = b"skill=Go&skill=C%2B%2B&premium=true&max_hourly_rate=49.50&limit=20&status=confirmed"
    assert decode(query + b"&cursor=a+b%20c") == Filters(
        skill=["Go", "C++"],
        premium=True,
        max_hourly_rate=49.5,
        limit=20,
        status="confirmed",
        cursor="a b c",
    )


@pytest.mark.parametrize("plus", [b"%2B", b"+"])
def test_an_instant_with_its_offset(plus: bytes) -> None:
    filters = decode(b"from=2026-12-01T10:00:00" + plus + b"01:00")
    assert filters.from_ == datetime(2026, 12, 1, 9, tzinfo=UTC)


def test_a_filter_may_begin_before_everything() -> None:
    assert decode(b"from=0001-01-01T00:00:00%2B14:00").from_ == EARLIEST


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (b"limit=0", ("limit", "out-of-range")),
        (b"limit=201", ("limit", "out-of-range")),
        (b"limit=1.0", ("limit", "invalid-type")),
        (b"limit=", ("limit", "invalid-type")),
        (b"limit=%2B5", ("limit", "invalid-type")),
        (b"limit=%D9%A3", ("limit", "invalid-type")),
        (b"limit=" + b"9" * 5000, ("limit", "invalid-type")),
        (b"limit=1&limit=2", ("limit", "repeated-parameter")),
        (b"premium=1", ("premium", "invalid-type")),
        (b"premium=yes", ("premium", "invalid-type")),
        (b"max_hourly_rate=NaN", ("max_hourly_rate", "invalid-type")),
        (b"max_hourly_rate=1e3", ("max_hourly_rate", "invalid-type")),
        (b"max_hourly_rate=-1", ("max_hourly_rate", "out-of-range")),
        (b"from=2026-12-01T10:00:00", ("from", "offset-required")),
        (b"from=tomorrow", ("from", "invalid-instant")),
        (b"from=2026-12-01T10:00:00%2B0100", ("from", "invalid-instant")),
        (b"from=2026-12-01T10:00:00+0100", ("from", "invalid-instant")),
        (b"status=lost", ("status", "invalid-value")),
        (b"skill=Go&skill=", ("skill", "missing-value")),
        (b"skill=%00", ("skill", "invalid-text")),
        (b"cursor=%FF", ("cursor", "invalid-text")),
        (b"colour=red", ("colour", "unknown-parameter")),
        (b"from_=2026-12-01T10:00:00Z", ("from_", "unknown-parameter")),
    ],
)
def test_one_wrong_thing(query: bytes, expected: tuple[str, str]) -> None:
    assert errors(query) == [expected]


def test_everything_wrong_is_told_at_once() -> None:
    assert errors(b"page=2&limit=x&premium=yes&from=now") == [
        ("page", "unknown-parameter"),
        ("premium", "invalid-type"),
        ("from", "invalid-instant"),
        ("limit", "invalid-type"),
    ]


def test_a_required_parameter() -> None:
    with pytest.raises(InvalidContent) as refusal:
        QueryDecoder(Which).decode(b"")
    assert [(e.pointer, e.code) for e in refusal.value.errors] == [("kind", "missing-value")]


def test_an_operation_without_parameters_takes_none() -> None:
    with pytest.raises(InvalidContent):
        QueryDecoder(NoParameters).decode(b"a=1")
    assert QueryDecoder(NoParameters).decode(b"&") == NoParameters()


def test_rubbish_is_not_explained_for_ever() -> None:
    rubbish = b"&".join(b"p%d=1" % number for number in range(MOST_ERRORS * 2))
    assert len(errors(rubbish)) == MOST_ERRORS


parameters = st.tuples(
    st.sampled_from([b"skill", b"premium", b"limit", b"from", b"max_hourly_rate", b"x"]),
    st.text(max_size=12).map(lambda text: text.encode()) | st.binary(max_size=12),
)


@settings(max_examples=150)
@given(pairs=st.lists(parameters, max_size=5))
def test_any_query_is_decoded_or_refused(pairs: list[tuple[bytes, bytes]]) -> None:
    query = b"&".join(b"=".join(pair) for pair in pairs)
    try:
        decoded = decode(query)
    except InvalidContent as refusal:
        told = refusal.errors
    else:
        assert isinstance(decoded, Filters)
        return
    assert told
