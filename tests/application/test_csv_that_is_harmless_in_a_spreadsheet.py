"""What is written as CSV is exact for machines and runs nothing in a spreadsheet."""

import csv
import io

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mentorbooking.application.files.csv_writing import Column, csv_blocks, harmless
from mentorbooking.application.mentor_import.decoding import physical_lines
from mentorbooking.application.mentor_import.reading import read_records
from tests.support.effort import rounds

LIVE = "=+-@\t\r\n＝＋－＠"

cell = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.text(
    alphabet=LIVE + " '\"ab,;\u00a0\u3000", max_size=6
)
table = st.integers(2, 4).flatmap(
    lambda width: st.lists(st.lists(cell, min_size=width, max_size=width), min_size=1, max_size=6)
)


def written(rows: list[list[str]], *, raw: bool) -> bytes:
    header, *others = rows
    return b"".join(csv_blocks([Column(name) for name in header], others, raw=raw))


def read_by_spreadsheet(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode(), newline=""), strict=True))


@pytest.mark.parametrize("first", LIVE)
@pytest.mark.parametrize("blanks", ["", " ", "   ", "\u00a0", "\u3000 "])
def test_text_that_looks_like_a_formula_gets_an_apostrophe(first: str, blanks: str) -> None:
    text = f"{blanks}{first}1+1"
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize(
    "text", ["", " ", "Anna", "a=b", "1-2", "'=1", '"=1', "köhler", "٣", "(+43)", "\\N", "1"]
)
def test_other_text_stays_as_it_is(text: str) -> None:
    assert harmless(text) == text


def test_a_negative_number_is_guarded_as_text_and_not_as_a_number() -> None:
    columns = [Column("text"), Column("number", is_text=False)]
    assert b"".join(csv_blocks(columns, [("-1", "-1")])) == b"text,number\r\n'-1,-1\r\n"


def test_raw_guards_nothing() -> None:
    assert written([["=a"], ["+1"]], raw=True) == b"=a\r\n+1\r\n"
    assert written([["=a"], ["+1"]], raw=False) == b"'=a\r\n'+1\r\n"


def test_commas_quotes_and_breaks_are_quoted_and_lines_end_in_crlf() -> None:
    rows = [["a", "b"], ['say "hi"', "x,y"], ["one\ntwo", "Köhler"], ["", ""]]
    assert written(rows, raw=False) == (
        'a,b\r\n"say ""hi""","x,y"\r\n"one\ntwo",Köhler\r\n,\r\n'.encode()
    )


def test_what_utf8_cannot_hold_becomes_a_question_mark() -> None:
    assert written([["a\udc81b"]], raw=True) == b"a?b\r\n"


def test_a_long_table_comes_in_blocks() -> None:
    row = ("x" * 100,)
    blocks = list(csv_blocks([Column("a")], (row for _ in range(10_000))))
    assert len(blocks) > 10
    assert max(map(len, blocks)) < 70_000
    assert b"".join(blocks) == b"a\r\n" + (b"x" * 100 + b"\r\n") * 10_000


@settings(max_examples=rounds(100))
@given(table)
@example([["a"], [""]])
def test_what_is_written_raw_is_read_again(rows: list[list[str]]) -> None:
    data = written(rows, raw=True)
    read = [record.cells for record in read_records(physical_lines([data], "utf-8"), ",")]
    assert read == rows
    assert read_by_spreadsheet(data) == rows


@settings(max_examples=rounds(100))
@given(table)
def test_no_cell_runs_and_without_the_apostrophes_they_are_what_they_were(
    rows: list[list[str]],
) -> None:
    for row, read in zip(rows, read_by_spreadsheet(written(rows, raw=False)), strict=True):
        for original, guarded in zip(row, read, strict=True):
            assert not is_live(guarded)
            was_guarded = guarded.startswith("'") and is_live(guarded[1:])
            looked_guarded = original.startswith("'") and is_live(original[1:])
            assert original == (guarded[1:] if was_guarded and not looked_guarded else guarded)


def is_live(text: str) -> bool:
    """Say it in other words than the guard does."""
    for character in text:
        if character in LIVE:
            return True
        if not character.isspace():
            return False
    return False
