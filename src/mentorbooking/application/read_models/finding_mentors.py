"""What mentors are found and sorted by, alike wherever their directory is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

from mentorbooking.application.answers.mentor import MentorAnswer
from mentorbooking.application.read_models.comparing_text import ignoring_accents, ignoring_case
from mentorbooking.application.read_models.mentor_directory import MentorSort, MentorsQuery

LETTERS_BESIDES: Final = frozenset("+#")
"""Beside letters and digits, for the sake of C++ and C#."""

MOST_WORDS: Final = 32

_UNKNOWN_EXPERIENCE: Final = 1_000_000
_UNKNOWN_RATE: Final = 1e300

Rank: TypeAlias = str | int | float


def ranks_of(row: MentorAnswer) -> Mapping[MentorSort, Rank]:
    """Return what to sort a mentor by, such that ascending order is the wanted one and what is
    not known comes last; when they are free next is not theirs to tell.
    """
    return {
        MentorSort.NAME: ignoring_accents(row.name),
        MentorSort.MOST_EXPERIENCED: (
            _UNKNOWN_EXPERIENCE if row.experience_years is None else -row.experience_years
        ),
        MentorSort.CHEAPEST: _UNKNOWN_RATE if row.hourly_rate is None else row.hourly_rate,
    }


def terms_of(row: MentorAnswer) -> frozenset[str]:
    """Return what stands for each of a mentor's skills and languages."""
    return _terms(row.skills, row.languages)


def terms_wanted(query: MentorsQuery) -> frozenset[str]:
    """Return those of the terms that a mentor must have to be found."""
    return _terms(query.skills, () if query.language is None else (query.language,))


def words_typed(text: str) -> Sequence[str]:
    """Return the words of what somebody typed into a search box, the first 32 of them."""
    visible = "".join(letter if letter.isprintable() else " " for letter in text)
    return [word for word in visible.split() if any(map(_is_letter, word))][:MOST_WORDS]


def _terms(skills: Sequence[str], languages: Sequence[str]) -> frozenset[str]:
    return frozenset(
        [f"skill {ignoring_case(skill)}" for skill in skills]
        + [f"language {ignoring_case(language)}" for language in languages]
    )


def _is_letter(letter: str) -> bool:
    return letter.isalnum() or letter in LETTERS_BESIDES
