"""TypeIDs as the specification writes them."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentorbooking.domain.kernel.ids import (
    ALPHABET,
    milliseconds_of,
    type_id,
    uuid7,
    uuid7_in,
    uuid_of,
)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SAMPLES = [  # from the specification's valid.yml
    ("prefix", "00000000-0000-0000-0000-000000000000", "prefix_00000000000000000000000000"),
    ("prefix", "00000000-0000-0000-0000-000000000001", "prefix_00000000000000000000000001"),
    ("prefix", "00000000-0000-0000-0000-00000000000a", "prefix_0000000000000000000000000a"),
    ("prefix", "00000000-0000-0000-0000-000000000010", "prefix_0000000000000000000000000g"),
    ("prefix", "00000000-0000-0000-0000-000000000020", "prefix_00000000000000000000000010"),
    ("prefix", "ffffffff-ffff-ffff-ffff-ffffffffffff", "prefix_7zzzzzzzzzzzzzzzzzzzzzzzzz"),
    ("prefix", "0110c853-1d09-52d8-d73e-1194e95b5f19", "prefix_0123456789abcdefghjkmnpqrs"),
    ("prefix", "01890a5d-ac96-774b-bcce-b302099a8057", "prefix_01h455vb4pex5vsknk084sn02q"),
    ("pre_fix", "00000000-0000-0000-0000-000000000000", "pre_fix_00000000000000000000000000"),
]


@pytest.mark.parametrize(("prefix", "uuid", "text"), SAMPLES)
def test_samples_of_the_specification(prefix, uuid, text):
    assert type_id(prefix, UUID(uuid).int) == text
    assert uuid_of(prefix, text) == UUID(uuid).int


@given(st.integers(0, 2**128 - 1), st.integers(0, 2**128 - 1))
def test_they_read_back_and_sort_as_the_numbers_do(one, other):
    assert uuid_of("x", type_id("x", one)) == one
    assert (type_id("x", one) < type_id("x", other)) == (one < other)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "_",
        "prefix",
        "prefix_",
        "_01h455vb4pex5vsknk084sn02q",
        "other_01h455vb4pex5vsknk084sn02q",
        "PREFIX_01h455vb4pex5vsknk084sn02q",
        "prefix_01H455VB4PEX5VSKNK084SN02Q",
        "prefix_01h455vb4pex5vsknk084sn02",
        "prefix_01h455vb4pex5vsknk084sn02qq",
        "prefix_81h455vb4pex5vsknk084sn02q",
        "prefix_01h455vb4pex5vsknk084sn02i",
        "prefix_01h455vb4pex5vsknk084sn02l",
        "prefix_01h455vb4pex5vsknk084sn02o",
        "prefix_01h455vb4pex5vsknk084sn02u",
        "prefix_01h455vb4pex5vsknk084sn02 ",
        "prefix_01h455vb4pex5vsknk084sn02q\n",
        "prefix_+1h455vb4pex5vsknk084sn02q",
        "prefix_01h455vb4pex5_sknk084sn02q",
        "prefix_01h455vb4pex5vsknk084sn02\uff11",
        "prefix_\u06601h455vb4pex5vsknk084sn02q",
        "prefix-01h455vb4pex5vsknk084sn02q",
    ],
)
def test_anything_else_is_none(text):
    assert uuid_of("prefix", text) is None


@given(st.integers(0, 2**48 - 1).filter(lambda ms: ms < 250_000_000_000_000))
def test_milliseconds_are_exact(milliseconds):
    instant = EPOCH + timedelta(milliseconds=milliseconds)
    assert milliseconds_of(instant) == milliseconds
    assert milliseconds_of(instant + timedelta(microseconds=999)) == milliseconds
    assert uuid7(instant, 0) >> 80 == milliseconds


def test_the_sample_of_rfc_9562():
    randomness = 0xCC3 << 62 | 0x18C4DC0C0C07398F  # appendix A.6
    assert UUID(int=uuid7_in(0x017F22E279B0, randomness)) == (
        UUID("017f22e2-79b0-7cc3-98c4-dc0c0c07398f")
    )


def test_the_alphabet_is_crockfords():
    assert len(ALPHABET) == 32
    assert list(ALPHABET) == sorted(ALPHABET)
    assert not set("ilou") & set(ALPHABET)
