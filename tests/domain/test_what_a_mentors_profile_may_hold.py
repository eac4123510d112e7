"""The rules of a mentor's fields: limits, ranges, and how lists are made tidy."""

from collections.abc import Callable
from typing import Any

import pytest

from mentorbooking.domain.kernel.unacceptable import Unacceptable
from mentorbooking.domain.mentor import policies


def refusal(rule: Callable[[Any], object], value: object) -> str:
    with pytest.raises(Unacceptable) as refused:
        rule(value)
    return refused.value.code


def test_a_name_has_1_to_200_characters() -> None:
    assert policies.mentor_name(" Anna ") == "Anna"
    assert policies.mentor_name("x" * 200) == "x" * 200
    assert refusal(policies.mentor_name, "x" * 201) == "too-long"
    assert refusal(policies.mentor_name, " \n ") == "missing-value"


def test_a_bio_may_be_empty_and_has_at_most_10000_characters() -> None:
    assert policies.bio("") == ""
    assert policies.bio("a\n\nb") == "a\n\nb"
    assert policies.bio("x" * 10_000) == "x" * 10_000
    assert refusal(policies.bio, "x" * 10_001) == "too-long"


def test_an_external_id_has_at_most_200_characters() -> None:
    assert policies.external_id(" HR-7 ") == "HR-7"
    assert refusal(policies.external_id, "x" * 201) == "too-long"


def test_a_skill_has_1_to_100_characters() -> None:
    assert policies.skill(" C++ ") == "C++"
    assert policies.skill("x" * 100) == "x" * 100
    assert refusal(policies.skill, "x" * 101) == "too-long"
    assert refusal(policies.skill, "") == "missing-value"


def test_repeated_skills_are_dropped_and_the_first_spelling_stays() -> None:
    assert policies.distinct_skills(["SQL", "Go", "sql", "Straße", "STRASSE"]) == (
        "SQL",
        "Go",
        "Straße",
    )


def test_at_most_50_different_skills() -> None:
    fifty = [f"skill {number}" for number in range(50)]
    assert len(policies.distinct_skills([*fifty, *fifty])) == 50
    assert refusal(policies.distinct_skills, [*fifty, "one more"]) == "too-long"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("de", "de"),
        ("PT-br", "pt-BR"),
        ("ZH-HANT-tw", "zh-Hant-TW"),
        ("sl-ROZAJ-1994", "sl-rozaj-1994"),
        ("en-CA-x-CA-Latn", "en-CA-x-ca-latn"),
        ("de-abcdefgh-abcdefgh-abcdefgh-abcde", "de-abcdefgh-abcdefgh-abcdefgh-abcde"),
    ],
)
def test_language_tags_are_kept_in_their_recommended_case(typed: str, kept: str) -> None:
    assert policies.language(typed) == kept


@pytest.mark.parametrize(
    "typed", ["", "d", "german language", "de_AT", "de-", "1de", "de" + "-abc" * 8 + "-a1"]
)
def test_what_is_not_of_the_shape_of_a_language_tag_is_refused(typed: str) -> None:
    assert refusal(policies.language, typed) == "invalid-value"


def test_repeated_languages_are_dropped() -> None:
    assert policies.distinct_languages(["de", "en", "de"]) == ("de", "en")


def test_at_most_50_different_languages() -> None:
    fifty = [f"de-{number:04}" for number in range(50)]
    assert len(policies.distinct_languages(fifty)) == 50
    assert refusal(policies.distinct_languages, [*fifty, "en"]) == "too-long"


@pytest.mark.parametrize(
    ("rule", "lowest", "highest"),
    [
        (policies.experience_years, 0, 80),
        (policies.max_sessions_per_day, 1, 100),
        (policies.hourly_rate, 0, 1_000_000),
    ],
)
def test_numbers_lie_within_their_range(
    rule: Callable[[Any], object], lowest: int, highest: int
) -> None:
    assert rule(lowest) == lowest
    assert rule(highest) == highest
    assert refusal(rule, lowest - 1) == "out-of-range"
    assert refusal(rule, highest + 1) == "out-of-range"


def test_an_hourly_rate_has_at_most_two_decimals() -> None:
    assert policies.hourly_rate(30.55) == 30.55
    assert repr(policies.hourly_rate(30.0)) == "30"
    assert refusal(policies.hourly_rate, 30.555) == "invalid-number"
    assert refusal(policies.hourly_rate, float("nan")) == "out-of-range"
    assert refusal(policies.hourly_rate, float("inf")) == "out-of-range"


def test_a_refusal_says_what_is_allowed() -> None:
    with pytest.raises(Unacceptable, match="from 0 to 80"):
        policies.experience_years(81)
    with pytest.raises(Unacceptable, match="from 0 to 1,000,000"):
        policies.hourly_rate(-1)
    with pytest.raises(Unacceptable, match="At most 50 skills"):
        policies.distinct_skills(map(str, range(51)))
    with pytest.raises(Unacceptable, match="At most 50 languages"):
        policies.distinct_languages(map(str, range(51)))


@pytest.mark.parametrize(
    "number",
    ["+43 1 234 56 78", "(01) 234-5678", "555.12/34", "12345", "1" * 20, "1" + " " * 35 + "2345"],
)
def test_telephone_numbers_are_kept_as_typed(number: str) -> None:
    assert policies.mobile_number(f" {number} ") == number


@pytest.mark.parametrize(
    "number",
    ["1234", "1" * 21, "4.3E+11", "12345x", "١٢٣٤٥٦", "+43\n123456", "1" + " " * 36 + "2345"],
)
def test_what_is_no_telephone_number_is_refused(number: str) -> None:
    assert refusal(policies.mobile_number, number) == "invalid-value"
