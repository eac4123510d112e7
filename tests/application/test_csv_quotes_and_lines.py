"""Rows are found as RFC 4180 says, and a broken quote costs one line, not the rest of the file."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentorbooking.application.mentor_import.decoding import LONGEST_LINE, physical_lines
from mentorbooking.application.mentor_import.reading import LONGEST_ROW, Record, read_records


def rows(text: str, delimiter: str = ",", chunk: int = 10**9) -> list[Record]:
    data = text.encode("utf-8", "surrogateescape")
    chunks = (data[at : at + chunk] for at in range(0, len(data), chunk))
    return list(read_records(physical_lines(chunks, "utf-8"), delimiter))


def cells(text: str, delimiter: str = ",") -> list[list[str]]:
    return [record.cells for record in rows(text, delimiter)]


def verdicts(text: str) -> list[tuple[int, str | None]]:
    return [(record.line, record.flaw) for record in rows(text)]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_each_kind_of_line_end_ends_a_row(end: str) -> None:
    text = f'a,b{end}"x{end}y",2{end}{end}3,4'
    for chunk in (1, 2, 5, 1000):
        found = rows(text, chunk=chunk)
        assert [record.line for record in found] == [1, 2, 5]
        assert [record.cells for record in found] == [["a", "b"], [f"x{end}y", "2"], ["3", "4"]]


def test_nothing_but_the_end_of_the_line_is_cut_off() -> None:
    assert cells('X,X\r\n"b","X"\n b , \n') == [["X", "X"], ["b", "X"], [" b ", " "]]


def test_the_lines_of_a_row_are_no_longer_than_a_line() -> None:
    rest = LONGEST_ROW - len('"\n"')
    for more, flaw in ((0, None), (1, "broken-quote")):
        assert rows(f'"{"x" * (rest - 1)}\n{"y" * (1 + more)}"')[0].flaw == flaw


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_only_the_delimiter_of_the_file_separates_cells(delimiter: str) -> None:
    others = {",", ";", "\t"} - {delimiter}
    text = f'a{"".join(others)}b{delimiter}"c{delimiter}d"'
    assert cells(text, delimiter) == [[f"a{''.join(others)}b", f"c{delimiter}d"]]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('"a","b"', ["a", "b"]),
        ('"say ""hi""",b', ['say "hi"', "b"]),
        ('"""",""', ['"', ""]),
        ('"",', ["", ""]),
        ('a,"b,c",d', ["a", "b,c", "d"]),
        ('a, "b, c" ,d', ["a", "b, c", "d"]),
        ('5" disk,Dwayne "The Rock" Johnson', ['5" disk', 'Dwayne "The Rock" Johnson']),
        (" a , b ", [" a ", " b "]),
        (",", ["", ""]),
        ('a,"', None),
        ('"a"b,c', None),
        ('"a" "b",c', None),
    ],
)
def test_quotes_of_one_line(line: str, expected: list[str] | None) -> None:
    (record,) = rows(line)
    assert (record.flaw == "broken-quote") == (expected is None)
    if expected is not None:
        assert record.cells == expected


def test_tabs_around_quotes_are_blanks_unless_they_are_the_delimiter() -> None:
    assert cells('a,\t"b,c"\t,d') == [["a", "b,c", "d"]]
    assert cells('a\t"b"\t\td', "\t") == [["a", "b", "", "d"]]


def test_lines_of_blanks_are_no_rows_but_are_counted() -> None:
    assert verdicts("\n \na,b\n\n  \t\n1,2\n\u00a0\n") == [(3, None), (6, None)]
    assert [record.line for record in rows("a\tb\n\t\n \n1\t2", "\t")] == [1, 2, 4]


def test_empty_cells_and_an_empty_quoted_cell_make_a_row() -> None:
    assert cells('a,b\n,\n""\n') == [["a", "b"], ["", ""], [""]]


def test_only_cr_and_lf_end_lines() -> None:
    text = "a\x0bb\x0cc\x1cd\x85e\u2028f,g"
    assert cells(text) == [text.split(",")]


def test_a_quote_that_is_never_closed_costs_its_own_line() -> None:
    text = 'a,b\n1,"open\n2,x\n3,y\n'
    assert verdicts(text) == [(1, None), (2, "broken-quote"), (3, None), (4, None)]
    assert cells(text)[1:] == [["1", '"open'], ["2", "x"], ["3", "y"]]


def test_a_quote_that_is_closed_in_the_middle_of_another_row_costs_its_own_line() -> None:
    text = 'a,b\n1,"open\n2,x\n3,"a, b"\n4,z\n'
    assert verdicts(text)[1:] == [(2, "broken-quote"), (3, None), (4, None), (5, None)]
    assert cells(text)[3] == ["3", "a, b"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", ""])
def test_of_a_broken_row_only_the_end_of_the_line_is_cut_off(end: str) -> None:
    assert cells(f'a,"b"c, X{end}') == [["a", '"b"c', " X"]]
    assert cells(f'a,"b"c,X {end}') == [["a", '"b"c', "X "]]


def test_every_broken_quote_is_told_of() -> None:
    text = "a,b\n" + '1,"open\n2,x\n' * 50
    found = verdicts(text)[1:]
    assert [line for line, _ in found] == list(range(2, 102))
    assert [flaw for _, flaw in found] == ["broken-quote", None] * 50


def test_a_row_knows_how_far_it_reaches() -> None:
    (row,) = rows('"a\n\nb",c\n')
    assert (row.line, row.last_line, row.cells) == (1, 3, ["a\n\nb", "c"])


def test_a_huge_cell_is_a_cell() -> None:
    huge = "x" * 1_000_000
    assert cells(f"a,{huge}\nb,c") == [["a", huge], ["b", "c"]]
    broken = "x\n" * 400_000
    assert cells(f'a,"{broken}"\nb,c') == [["a", broken], ["b", "c"]]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("length", [LONGEST_LINE - 3, LONGEST_LINE - 1, LONGEST_LINE, 3_000_000])
def test_of_a_line_beyond_all_measure_only_the_line_is_lost(end: str, length: int) -> None:
    found = rows(f"a{end}{'x' * length}{end}b{end}")
    flaw = None if length + len(end) < LONGEST_LINE else "too-long"
    assert [(record.line, record.flaw) for record in found] == [(1, None), (2, flaw), (3, None)]
    assert found[2].cells == ["b"]


def test_a_quote_left_open_over_more_than_a_row_may_hold_costs_its_own_line() -> None:
    text = 'a,"\n' + f"{'x' * 1000}\n" * 1_100 + 'y"\n'
    found = rows(text)
    assert (found[0].line, found[0].flaw) == (1, "broken-quote")
    assert len(found) == 1_102


@given(
    st.text(alphabet='ab",;\n\r \t', max_size=60),
    st.lists(st.integers(1, 7), min_size=1, max_size=5),
)
def test_the_edges_of_chunks_change_nothing(text: str, sizes: list[int]) -> None:
    data = text.encode()
    chunks: list[bytes] = []
    at = 0
    while at < len(data):
        size = sizes[len(chunks) % len(sizes)]
        chunks.append(data[at : at + size])
        at += size
    assert list(read_records(physical_lines(chunks, "utf-8"), ",")) == rows(text)


@given(st.text(alphabet='ab",\n\r ', max_size=80))
def test_no_line_with_something_in_it_disappears(text: str) -> None:
    lines = list(physical_lines([text.encode()], "utf-8"))
    covered = {
        number
        for record in rows(text)
        for number in range(record.line, max(record.last_line, record.line) + 1)
    }
    assert covered >= {number for number, line in enumerate(lines, 1) if line.strip()}
