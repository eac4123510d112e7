"""A time zone is a name of the IANA database, spelled as there."""

import pytest

from mentorbooking.domain.kernel.unacceptable import Unacceptable
from mentorbooking.domain.scheduling.time_zones import (
    check_time_zone,
    is_time_zone,
    similar_time_zones,
    time_zone_names,
)


@pytest.mark.parametrize("name", ["Europe/Vienna", "UTC", "America/Argentina/Salta", "Etc/GMT+5"])
def test_names_of_the_database_are_time_zones(name: str) -> None:
    assert is_time_zone(name)
    assert check_time_zone(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Middle/Earth",
        "europe/vienna",
        "Europe",
        "localtime",
        "Factory",
        "posix/UTC",
        "../etc/passwd",
        "+01:00",
        "Europe/Vienna\0",
    ],
)
def test_other_names_are_not(name: str) -> None:
    assert not is_time_zone(name)
    with pytest.raises(Unacceptable) as refused:
        check_time_zone(name)
    assert refused.value.code == "unknown-time-zone"


def test_no_name_depends_on_the_machine() -> None:
    assert not {
        name for name in time_zone_names() if name.lower().startswith(("posix", "right", "local"))
    }


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("europe/vienna", "Europe/Vienna"),
        ("Vienna", "Europe/Vienna"),
        ("america/new york", "America/New_York"),
        ("Port of Spain", "America/Port_of_Spain"),
    ],
)
def test_case_blanks_and_a_missing_continent_are_understood(typed: str, meant: str) -> None:
    assert similar_time_zones(typed) == (meant,)


@pytest.mark.parametrize(
    ("typed", "meant"), [("Europe/Viena", "Europe/Vienna"), ("Asia/Calcuta", "Asia/Calcutta")]
)
def test_a_refusal_says_what_may_have_been_meant(typed: str, meant: str) -> None:
    similar = similar_time_zones(typed)
    assert similar[0] == meant
    with pytest.raises(Unacceptable, match=rf"Did you mean {' or '.join(similar)}\?$"):
        check_time_zone(typed)


def test_a_long_text_is_refused_without_a_guess() -> None:
    with pytest.raises(Unacceptable) as refused:
        check_time_zone("Europe/Vienna" * 10_000)
    assert refused.value.detail == "An IANA name such as Europe/Vienna."
