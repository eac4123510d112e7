"""Whole files: the two that came with the service, in every encoding, delimiter and line end."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UNSET

from mentorbooking.application.mentor_import.mentor_file import MentorFile
from mentorbooking.application.mentor_import.refusals import MissingColumn
from mentorbooking.application.mentor_import.rows import MentorRow, ParsedRow
from mentorbooking.application.mentor_import.upload import check_upload
from mentorbooking.domain.mentor_import.events import FileWarning

DATA = Path(__file__).parent.parent / "data"
MENTORS = (DATA / "mentors.csv").read_bytes()
MESSY = (DATA / "mentors-messy.csv").read_bytes()


def opened(*chunks: bytes) -> MentorFile:
    return MentorFile(chunks, check_upload(chunks))


def rows_of(*chunks: bytes) -> list[ParsedRow]:
    return list(opened(*chunks).rows())


def rewritten(data: bytes, *, encoding: str, delimiter: str, end: str, all_quoted: bool) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(
        text,
        delimiter=delimiter,
        lineterminator=end,
        quoting=csv.QUOTE_ALL if all_quoted else csv.QUOTE_MINIMAL,
    )
    writer.writerows(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    return text.getvalue().encode(encoding, "replace")


def test_a_thousand_mentors_without_an_error() -> None:
    file = opened(MENTORS)
    rows = list(file.rows())
    assert file.warnings == ()
    assert len(rows) == 1000
    assert [row for row in rows if row.errors_if_new] == []
    assert len({row.normalised_email for row in rows}) == 1000
    assert (rows[0].line, rows[-1].line) == (2, 1185)
    assert rows[12].mentor == MentorRow(
        email="paniewasmalec12@example.org",
        normalised_email="paniewasmalec12@example.org",
        name="pani Ewa Smalec",
        skills=("DynamoDB",),
        experience_years=6,
        bio="6 years in dynamodb. Former teacher,\nstill a teacher.",
        hourly_rate=100,
        max_sessions_per_day=4,
        premium=False,
        languages=("de", "hi"),
        time_zone="Europe/Warsaw",
    )
    assert [row.line for row in rows[12:15]] == [14, 16, 18]


def test_each_row_of_the_messy_file() -> None:
    file = opened(MESSY)
    rows = {row.line: row for row in file.rows()}
    assert file.warnings == (
        FileWarning("unknown-column", "Column 8 is ignored: its name is not known.", "Shoe size"),
    )
    found = {
        line: [(error.column, error.code) for error in row.errors_for(new=True)]
        for line, row in rows.items()
    }
    assert found == {
        2: [],
        3: [("E-mail", "duplicate-in-file")],
        4: [("E-mail", "invalid-email")],
        5: [("Experience Years", "out-of-range")],
        6: [("Time Zone", "unknown-time-zone")],
        7: [(None, "ragged-row")],
        8: [("E-mail", "invalid-email")],
        10: [],
        11: [("E-mail", "missing-value")],
        12: [
            ("Full Name", "missing-value"),
            ("Skills", "missing-value"),
            ("Experience Years", "invalid-number"),
            ("Hourly Rate", "invalid-number"),
            ("Time Zone", "unknown-time-zone"),
            ("Premium", "invalid-value"),
        ],
    }
    assert "line 2" in rows[3].errors[0].detail
    assert rows[2].mentor == MentorRow(
        email="ok@example.org",
        normalised_email="ok@example.org",
        name="Olga Köhler",
        skills=("Python", "SQL"),
        experience_years=4,
        hourly_rate=30,
        time_zone="Europe/Vienna",
        premium=True,
    )
    formula = rows[10].mentor
    assert formula is not None
    assert (formula.name, formula.bio) == ("=1+1", UNSET)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "windows-1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("all_quoted", [False, True])
def test_the_messy_file_says_the_same_however_it_is_written(
    encoding: str, delimiter: str, end: str, all_quoted: bool
) -> None:
    data = rewritten(MESSY, encoding=encoding, delimiter=delimiter, end=end, all_quoted=all_quoted)
    file = opened(data)
    said = [(row.line, row.mentor, row.errors_if_new) for row in file.rows()]
    assert said == [(row.line, row.mentor, row.errors_if_new) for row in rows_of(MESSY)]
    warned = [warning.code for warning in file.warnings]
    assumed = ["encoding-assumed"] if encoding == "windows-1252" else []
    assert warned == [*assumed, "unknown-column"]


def test_a_file_of_western_europe_says_so_and_keeps_its_letters() -> None:
    file = opened("email;name;skills\r\nj@example.org;Jürgen Größe;€\r\n".encode("cp1252"))
    (row,) = file.rows()
    assert row.mentor is not None
    assert (row.mentor.name, row.mentor.skills) == ("Jürgen Größe", ("€",))
    (warning,) = file.warnings
    assert (warning.code, warning.line) == ("encoding-assumed", 2)


def test_a_file_that_stops_being_utf8_late_is_read_in_one_encoding() -> None:
    late = MENTORS + "j@example.org,Jürgen,Go,1,1,1,no,de,UTC,x\r\n".encode("cp1252")
    rows = rows_of(late)
    assert len(rows) == 1001
    assert rows[-1].mentor is not None
    assert rows[-1].mentor.name == "Jürgen"


def test_rows_without_what_every_mentor_needs_are_not_read() -> None:
    data = b"name,skills\nAnna,Go\n"
    with pytest.raises(MissingColumn):
        opened(data)


def test_a_header_with_a_broken_quote_has_no_columns() -> None:
    with pytest.raises(MissingColumn):
        opened(b'"email",name,"skills\na@example.org,Anna,Go\n')


def test_a_broken_quote_fails_its_own_row_only() -> None:
    data = b'email,name,skills\na@example.org,"Anna,Go\nb@example.org,Bob,"Go;C"\nc@example.org,C,D'
    rows = rows_of(data)
    assert [[error.code for error in row.errors] for row in rows] == [["ragged-row"], [], []]
    assert [row.normalised_email for row in rows] == [None, "b@example.org", "c@example.org"]


@settings(max_examples=25)
@given(st.lists(st.integers(1, 300), min_size=1, max_size=20))
def test_the_edges_of_chunks_change_nothing(sizes: list[int]) -> None:
    chunks: list[bytes] = []
    at = 0
    while at < len(MESSY):
        size = sizes[len(chunks) % len(sizes)]
        chunks.append(MESSY[at : at + size])
        at += size
    assert rows_of(*chunks) == rows_of(MESSY)
