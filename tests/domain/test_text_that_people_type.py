"""Text is kept in NFC and trimmed, without control characters, and within its limit."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentorbooking.domain.kernel.text import BIO_LIMIT, NAME_LIMIT, clean_text
from mentorbooking.domain.kernel.unacceptable import Unacceptable


def refusal(text: str, limit: int = 10) -> str:
    with pytest.raises(Unacceptable) as refused:
        clean_text(text, limit=limit)
    return refused.value.code


def test_text_is_trimmed_of_every_kind_of_blank() -> None:
    assert clean_text(" \u00a0\t Anna \u3000\r\n", limit=10) == "Anna"


def test_decomposed_letters_are_composed() -> None:
    assert clean_text("Ko\u0308hler", limit=10) == "Köhler"


def test_one_line_of_text_gets_a_blank_for_a_break() -> None:
    assert clean_text("Anna\r\nMaria\tNovak\u2028X", limit=30) == "Anna Maria Novak X"


def test_text_of_many_lines_keeps_its_breaks() -> None:
    assert clean_text("one\r\ntwo\n\tthree\n", limit=30, multiline=True) == "one\r\ntwo\n\tthree"


@pytest.mark.parametrize(
    "character", ["\x00", "\x08", "\x0b", "\x0c", "\x1b", "\x7f", "\x85", "\x9f", "\ud800"]
)
def test_control_characters_are_refused_wherever_they_stand(character: str) -> None:
    for text in (f"a{character}b", f"{character}a", f"a{character}"):
        assert refusal(text) == "invalid-text"


def test_letters_of_any_script_and_joined_emoji_are_text() -> None:
    for text in ("Зоя", "محمد", "李小龍", "👩‍🚀", "a\u200db"):
        assert clean_text(text, limit=10) == text


def test_the_limit_counts_characters_of_the_kept_text() -> None:
    assert clean_text("x" * 10, limit=10) == "x" * 10
    assert refusal("x" * 11) == "too-long"
    assert clean_text(" " * 100 + "e\u0301" * 10 + " " * 100, limit=10) == "é" * 10


def test_what_four_characters_compose_to_counts_once() -> None:
    assert clean_text("α\u0313\u0300\u0345" * 10, limit=10) == "\u1f82" * 10


def test_a_pile_of_combining_marks_is_refused_before_it_is_normalised() -> None:
    assert clean_text("b" + "\u0323" * 30, limit=BIO_LIMIT) == "ḅ" + "\u0323" * 29
    assert refusal("b" + "\u0323" * 31, limit=BIO_LIMIT) == "invalid-text"
    assert clean_text("\u0323" * 30, limit=BIO_LIMIT) == "\u0323" * 30
    assert refusal("a" + "\u0300\u0323" * 19_000, limit=BIO_LIMIT) == "invalid-text"
    assert refusal("a" + "\u0300\u0323" * 1_000_000, limit=BIO_LIMIT) == "too-long"


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=60))
def test_clean_text_is_clean_already(text: str) -> None:
    once = clean_text(text, limit=NAME_LIMIT)
    assert clean_text(once, limit=NAME_LIMIT) == once
    assert unicodedata.is_normalized("NFC", once)
