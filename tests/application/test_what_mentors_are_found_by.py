"""Words, terms and ranks: what mentors are found and sorted by, before any store is asked."""

from __future__ import annotations

import msgspec
import pytest

from mentorbooking.application.answers.mentor import MentorAnswer, mentor_answer
from mentorbooking.application.read_models.comparing_text import ignoring_accents, ignoring_case
from mentorbooking.application.read_models.digest import digest_of
from mentorbooking.application.read_models.finding_mentors import (
    MOST_WORDS,
    ranks_of,
    terms_of,
    terms_wanted,
    words_typed,
)
from mentorbooking.application.read_models.mentor_directory import MentorSort, MentorsQuery
from mentorbooking.application.read_models.projection import Key
from mentorbooking.domain.mentor.mentor import Mentor

NOBODY = mentor_answer(Mentor(id="mentor_1"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Python", " PYTHON "),
        ("straße", "STRASSE"),
        ("Zoe\u0308", "zo\u00eb"),
        ("ΌΣΟΣ", "όσος"),
        ("\u0345\u0301", "\u0301\u0345"),
    ],
)
def test_capitals_do_not_matter(one: str, other: str) -> None:
    assert ignoring_case(one) == ignoring_case(other)


def test_accents_do_where_only_capitals_do_not() -> None:
    assert ignoring_case("resume") != ignoring_case("résumé")


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Łukasz", "lukasz"),
        (" Zoë ", "zoe"),
        ("Øre", "ore"),
        ("Đorđe", "dorde"),
        ("Ħal", "hal"),
        ("Işık", "isik"),
        ("Æsir", "aesir"),
        ("Œuvre", "oeuvre"),
        ("Þór", "thor"),
        ("ﬁnal", "final"),
    ],
)
def test_for_sorting_accents_and_strokes_do_not_matter_either(text: str, plain: str) -> None:
    assert ignoring_accents(text) == plain


def test_what_is_typed_into_a_search_box_is_words() -> None:
    assert words_typed(" C++ and\tC#\x00Go -- Ada's ☃ 2\n") == [
        *("C++", "and", "C#", "Go", "Ada's", "2")
    ]


def test_an_endless_search_is_cut() -> None:
    words = [f"w{number}" for number in range(MOST_WORDS + 1)]

    assert words_typed(" ".join(words)) == words[:MOST_WORDS]


def test_skills_and_languages_are_found_whole_and_not_taken_for_each_other() -> None:
    polyglot = msgspec.structs.replace(NOBODY, skills=("Python", "Go"), languages=("EN",))

    wanted = terms_wanted(MentorsQuery(skills=("PYTHON",), language="en"))
    assert wanted < terms_of(polyglot)
    assert not wanted < terms_of(msgspec.structs.replace(polyglot, languages=("de", "fr")))
    assert not terms_wanted(MentorsQuery(skills=("en",))) & terms_of(polyglot)
    assert not terms_wanted(MentorsQuery(language="go")) & terms_of(polyglot)
    assert terms_wanted(MentorsQuery()) == frozenset()


def test_the_best_rank_first_and_last_who_does_not_tell() -> None:
    told = msgspec.structs.replace(NOBODY, name="Zoë", experience_years=60, hourly_rate=1e6)

    assert ranks_of(told) == {
        MentorSort.NAME: "zoe",
        MentorSort.MOST_EXPERIENCED: -60,
        MentorSort.CHEAPEST: 1e6,
    }
    novice = msgspec.structs.replace(told, experience_years=0, hourly_rate=0)
    for sort in (MentorSort.MOST_EXPERIENCED, MentorSort.CHEAPEST):
        assert float(ranks_of(told)[sort]) < float(ranks_of(NOBODY)[sort])
        assert ranks_of(novice)[sort] == 0


def test_a_digest_tells_rows_their_keys_and_their_order() -> None:
    rows: list[tuple[Key, MentorAnswer]] = [("a", NOBODY), (("b", 1), NOBODY)]

    digests = {digest_of(each) for each in (rows, rows[::-1], rows[:1], [("c", NOBODY)], [])}

    assert len(digests) == 5
    assert all(len(digest) == 64 for digest in digests)
