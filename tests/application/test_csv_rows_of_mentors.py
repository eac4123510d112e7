"""What a row says about a mentor, and everything that is wrong with it at once."""

from typing import Any

import pytest
from msgspec import UNSET

from mentorbooking.application.mentor_import.mentor_file import MentorFile
from mentorbooking.application.mentor_import.numbers import whole_number
from mentorbooking.application.mentor_import.rows import MentorRow, ParsedRow
from mentorbooking.application.mentor_import.upload import check_upload
from mentorbooking.domain.kernel.unacceptable import Unacceptable
from mentorbooking.domain.mentor.events import MentorStatus


def parsed(*lines: str, encoding: str = "utf-8") -> list[ParsedRow]:
    data = "\n".join(lines).encode(encoding, "surrogateescape")
    return list(MentorFile([data], check_upload([data])).rows())


def field(name: str, cell: str, delimiter: str = ",") -> ParsedRow:
    quoted = '"' + cell.replace('"', '""') + '"'
    header = ["email", "name", "skills", name]
    (row,) = parsed(delimiter.join(header), delimiter.join(["a@example.org", "Anna", "Go", quoted]))
    return row


def mentor_of(row: ParsedRow) -> MentorRow:
    assert row.errors_if_new == ()
    assert row.mentor is not None
    return row.mentor


def value(name: str, cell: str, delimiter: str = ",") -> Any:
    return getattr(mentor_of(field(name, cell, delimiter)), name)


def codes(row: ParsedRow, *, new: bool = True) -> list[tuple[str | None, str]]:
    return [(error.column, error.code) for error in row.errors_for(new=new)]


@pytest.mark.parametrize(
    ("name", "cell", "expected"),
    [
        ("experience_years", "0", 0),
        ("experience_years", " 80 ", 80),
        ("experience_years", "+7.0", 7),
        ("experience_years", "007", 7),
        ("experience_years", "0" * 20 + "7", 7),
        ("hourly_rate", "30", 30),
        ("hourly_rate", "30.50", 30.5),
        ("hourly_rate", "0", 0),
        ("hourly_rate", "1000000", 1_000_000),
        ("max_sessions_per_day", "1", 1),
        ("max_sessions_per_day", "100", 100),
        ("premium", "true", True),
        ("premium", "YES", True),
        ("premium", "1", True),
        ("premium", "Y", True),
        ("premium", "False", False),
        ("premium", "no", False),
        ("premium", "0", False),
        ("premium", "n", False),
        ("languages", "DE; en|pt-br;;de", ("de", "en", "pt-BR")),
        ("time_zone", "Asia/Kolkata", "Asia/Kolkata"),
        ("mobile_number", "+43 (1) 234-56/7.8", "+43 (1) 234-56/7.8"),
        ("status", "Paused", MentorStatus.PAUSED),
        ("status", "active", MentorStatus.ACTIVE),
        ("external_id", " HR-7 ", "HR-7"),
        ("bio", " Ko\u0308ln,\n\t=1+1 ", "Köln,\n\t=1+1"),
    ],
)
def test_values_of_cells(name: str, cell: str, expected: object) -> None:
    assert value(name, cell) == expected


@pytest.mark.parametrize(
    ("name", "cell", "code"),
    [
        ("experience_years", "-1", "out-of-range"),
        ("experience_years", "81", "out-of-range"),
        ("experience_years", "9" * 100_000, "out-of-range"),
        ("experience_years", "4.5", "invalid-number"),
        ("experience_years", "lots", "invalid-number"),
        ("experience_years", "٣", "invalid-number"),
        ("experience_years", "1_0", "invalid-number"),
        ("experience_years", "0" * 100_000 + "x", "invalid-number"),
        ("hourly_rate", "free", "invalid-number"),
        ("hourly_rate", "30.555", "invalid-number"),
        ("hourly_rate", "30,50", "invalid-number"),
        ("hourly_rate", "1,000", "invalid-number"),
        ("hourly_rate", "1e3", "invalid-number"),
        ("hourly_rate", "NaN", "invalid-number"),
        ("hourly_rate", "€30", "invalid-number"),
        ("hourly_rate", "-0.01", "out-of-range"),
        ("hourly_rate", "1000000.01", "out-of-range"),
        ("hourly_rate", "9" * 100_000, "out-of-range"),
        ("max_sessions_per_day", "0", "out-of-range"),
        ("max_sessions_per_day", "101", "out-of-range"),
        ("premium", "maybe", "invalid-value"),
        ("premium", "true" * 100_000, "invalid-value"),
        ("status", "gone", "invalid-value"),
        ("languages", "german language", "invalid-value"),
        ("languages", ";".join(f"d{a}{b}" for a in "abcdefgh" for b in "abcdefgh"), "too-long"),
        ("time_zone", "Middle/Earth", "unknown-time-zone"),
        ("mobile_number", "none", "invalid-value"),
        ("external_id", "x" * 201, "too-long"),
        ("external_id", "a\x07b", "invalid-text"),
        ("bio", "x" * 10_001, "too-long"),
        ("bio", "a\x1bb", "invalid-text"),
        ("bio", "a" + "\u0300\u0323" * 19_000, "invalid-text"),
    ],
)
def test_errors_of_cells(name: str, cell: str, code: str) -> None:
    row = field(name, cell)
    assert codes(row) == codes(row, new=False) == [(name, code)]
    assert row.mentor is None
    assert row.normalised_email == "a@example.org"


def test_a_whole_number_has_at_most_twelve_digits() -> None:
    assert whole_number("-" + "9" * 12) == -999_999_999_999
    with pytest.raises(Unacceptable) as refused:
        whole_number("1" + "0" * 12)
    assert refused.value.code == "out-of-range"


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_a_decimal_comma_is_read_where_cells_are_not_separated_by_one(delimiter: str) -> None:
    assert value("hourly_rate", "30,5", delimiter) == 30.5
    assert codes(field("hourly_rate", "1.000,50", delimiter)) == [("hourly_rate", "invalid-number")]
    assert codes(field("hourly_rate", "1,000.5", delimiter)) == [("hourly_rate", "invalid-number")]


OPTIONAL = [
    "experience_years",
    "bio",
    "hourly_rate",
    "max_sessions_per_day",
    "premium",
    "languages",
    "time_zone",
    "mobile_number",
    "status",
    "external_id",
]


@pytest.mark.parametrize("name", OPTIONAL)
def test_an_empty_cell_keeps_and_a_marked_one_clears(name: str) -> None:
    assert value(name, "") is UNSET
    assert value(name, " \u00a0 ") is UNSET
    assert value(name, r" \N ") is None
    assert getattr(mentor_of(parsed("email,name,skills", "a@example.org,A,Go")[0]), name) is UNSET


def test_a_list_of_nothing_but_separators_keeps() -> None:
    assert value("languages", ";|;") is UNSET


def test_the_address_is_kept_as_typed_and_known_by_its_key() -> None:
    (row,) = parsed("email,name,skills", " Anna@Example.ORG ,Anna,Go")
    assert mentor_of(row).email == "Anna@Example.ORG"
    assert mentor_of(row).normalised_email == row.normalised_email == "anna@example.org"


@pytest.mark.parametrize(
    ("cell", "code"), [("", "missing-value"), (r"\N", "missing-value"), ("x@", "invalid-email")]
)
def test_without_an_address_nobody_can_be_known(cell: str, code: str) -> None:
    (row,) = parsed("E-Mail,Name,Skills", f"{cell},,Go")
    assert row.normalised_email is None
    assert codes(row) == codes(row, new=False) == [("E-Mail", code), ("Name", "missing-value")]


def test_a_new_mentor_needs_a_name_and_skills_and_a_known_one_keeps_them() -> None:
    (row,) = parsed("email,name,skills", "a@example.org,, ; ")
    assert codes(row, new=False) == []
    assert codes(row, new=True) == [("name", "missing-value"), ("skills", "missing-value")]
    for error, field in zip(row.errors_if_new, ("name", "skills"), strict=True):
        assert error.detail == f"A new mentor needs a value for {field}."
    assert row.mentor == MentorRow(email="a@example.org", normalised_email="a@example.org")


def test_nobody_can_be_left_without_a_name_or_skills() -> None:
    (row,) = parsed("email,name,skills", r"a@example.org,\N,\N")
    assert codes(row, new=False) == [("name", "missing-value"), ("skills", "missing-value")]
    assert codes(row, new=True) == codes(row, new=False)


def test_skills_of_several_columns_are_joined() -> None:
    rows = parsed(
        "email,skills,name,Expertise Areas",
        "a@example.org,SQL; Go,A,sql|C++",
        "b@example.org,,B,Rust",
        r"c@example.org,\N,C,Rust",
        "d@example.org,,D,",
        "e@example.org," + "x" * 101 + ",E,",
        "f@example.org,\x1b,F,Go",
    )
    assert [mentor_of(row).skills for row in rows[:3]] == [
        ("SQL", "Go", "C++"),
        ("Rust",),
        ("Rust",),
    ]
    assert [codes(row) for row in rows[3:]] == [
        [("skills", "missing-value")],
        [("skills", "too-long")],
        [("skills", "invalid-text")],
    ]


def test_a_name_in_two_columns() -> None:
    rows = parsed(
        "email,Last Name,skills,First Name",
        "a@example.org,Novak,Go,Anna",
        "b@example.org,,Go,Bob",
        r"c@example.org,\N,Go,Cid",
        "d@example.org,,Go,",
        r"e@example.org,\N,Go,\N",
        f"f@example.org,{'x' * 150},Go,{'x' * 150}",
    )
    assert [mentor_of(row).name for row in rows[:3]] == ["Anna Novak", "Bob", "Cid"]
    assert [codes(row) for row in rows[3:]] == [
        [("First Name", "missing-value")],
        [("First Name", "missing-value")],
        [("First Name", "too-long")],
    ]
    assert [codes(row, new=False) for row in rows[3:5]] == [[], [("First Name", "missing-value")]]


def test_a_whole_name_comes_before_its_parts() -> None:
    rows = parsed(
        "email,first_name,last_name,skills,name",
        "a@example.org,Anna,Novak,Go,Dr. Anna Novak",
        "b@example.org,Bob,Builder,Go,",
        "c@example.org,,,Go,",
    )
    assert [mentor_of(row).name for row in rows[:2]] == ["Dr. Anna Novak", "Bob Builder"]
    assert codes(rows[2]) == [("name", "missing-value")]


def test_a_row_of_too_few_or_too_many_cells_has_this_one_error() -> None:
    rows = parsed("email,name,skills", "x", "x,,", "x,,,", 'x,,"\n\n', "a@example.org,A,Go")
    assert [codes(row) for row in rows] == [
        [(None, "ragged-row")],
        [("email", "invalid-email"), ("name", "missing-value"), ("skills", "missing-value")],
        [(None, "ragged-row")],
        [(None, "ragged-row")],
        [],
    ]
    assert [row.line for row in rows] == [2, 3, 4, 5, 8]
    assert rows[2].errors[0].detail == "4 cells; the header has 3."


def test_a_ragged_row_of_several_lines_says_how_far_it_reaches() -> None:
    (row,) = parsed("email,name,skills", 'a@example.org,"Anna,Go', 'b@example.org,Bob"')
    assert row.errors[0].detail == (
        "2 cells; the header has 3. The row reaches to line 3: is a quote missing?"
    )


def test_a_line_beyond_all_measure_has_this_one_error() -> None:
    rows = parsed("email,name,skills", "a@example.org,A," + "x" * 2_000_000, "b@example.org,B,Go")
    assert [codes(row) for row in rows] == [[(None, "too-long")], []]


def test_an_address_may_stand_in_a_file_once() -> None:
    rows = parsed(
        "Mail,E-Mail,name,skills",
        "1,a@example.org,A,Go",
        "2,A@EXAMPLE.ORG,,Go",
        "3,b@example.org,\x1b,Go",
        "4, B@example.org,B,Go",
        "5,a@Example.org,A,Go",
        "6,x@,A,Go",
        "7,x@,A,Go",
    )
    assert [codes(row) for row in rows] == [
        [],
        [("E-Mail", "duplicate-in-file"), ("name", "missing-value")],
        [("name", "invalid-text")],
        [("E-Mail", "duplicate-in-file")],
        [("E-Mail", "duplicate-in-file")],
        [("E-Mail", "invalid-email")],
        [("E-Mail", "invalid-email")],
    ]
    assert [rows[place].errors[0].detail for place in (1, 3, 4)] == [
        "The same address stands in line 2.",
        "The same address stands in line 4.",
        "The same address stands in line 2.",
    ]


def test_bytes_that_are_no_characters_are_an_error_of_their_cell() -> None:
    header = "email,name,skills,note,bio"
    windows = parsed(
        header,
        "zoë@example.org,Zoë,Go,x,x",
        "b@example.org,B\udc81,Go,x,\x1b",
        "c@example.org,C,Go,\udc9d,x",
        "d\udc8f@example.org,,Go,x,x",
        encoding="windows-1252",
    )
    assert [codes(row) for row in windows] == [
        [],
        [("name", "encoding-error"), ("bio", "invalid-text")],
        [("note", "encoding-error")],
        [("email", "encoding-error"), ("name", "missing-value")],
    ]
    assert windows[3].normalised_email is None
    utf8 = parsed("\ufeff" + header, "zoë@example.org,Zo\udceb,Go,x,x")
    assert [codes(row) for row in utf8] == [[("name", "encoding-error")]]


def test_no_error_quotes_a_cell() -> None:
    secret = "Zyx"
    row = parsed(
        "email,name,skills," + ",".join(OPTIONAL),
        f"{secret}@,{secret}\x1b," + f"{secret}\x1b;" + f",{secret}\x1b" * len(OPTIONAL),
    )[0]
    assert len(row.errors) == 3 + len(OPTIONAL)
    assert not [error for error in row.errors if secret in error.detail]
