"""Columns are known by several names, and told of when they are not."""

import pytest

from mentorbooking.application.mentor_import.columns import field_of, read_header
from mentorbooking.application.mentor_import.dialect import with_header_lines
from mentorbooking.application.mentor_import.refusals import MissingColumn


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("email", "email"),
        ("E-Mail", "email"),
        (" e mail ", "email"),
        ("NAME", "name"),
        ("Full Name", "name"),
        ("First-Name", "first_name"),
        ("LastName", "last_name"),
        ("skills", "skills"),
        ("Teaching_Skills", "skills"),
        ("areas of expertise", "skills"),
        ("Expertise Areas", "skills"),
        ("Experience Years", "experience_years"),
        ("bio", "bio"),
        ("experience_description", "bio"),
        ("hourly\u00a0rate", "hourly_rate"),
        ("max sessions per day", "max_sessions_per_day"),
        ("Premium", "premium"),
        ("is_premium", "premium"),
        ("languages", "languages"),
        ("Time Zone", "time_zone"),
        ("mobile-number", "mobile_number"),
        ("Status", "status"),
        ("External ID", "external_id"),
        ("Shoe size", None),
        ("", None),
        ("email" * 100_000, None),
        ("email" + "_" * 95, "email"),
        ("email" + "_" * 96, None),
    ],
)
def test_the_names_of_a_field(name: str, field: str | None) -> None:
    assert field_of(name) == field


def test_columns_may_stand_in_any_order() -> None:
    columns = read_header(["skills", "bio", "name", "email"])
    assert columns.places == {"skills": (0,), "bio": (1,), "name": (2,), "email": (3,)}
    assert columns.warnings == ()


@pytest.mark.parametrize(
    ("header", "missing"),
    [
        (["name", "skills"], ["email"]),
        (["email", "skills"], ["name"]),
        (["email", "first_name", "skills"], ["name"]),
        (["email", "last_name", "skills"], ["name"]),
        (["email", "name"], ["skills"]),
        (["anna@example.org", "Anna", "Go"], ["email", "name", "skills"]),
        ([""], ["email", "name", "skills"]),
        (["first_name", "last_name"], ["email", "skills"]),
    ],
)
def test_a_file_without_what_every_mentor_needs_is_refused(
    header: list[str], missing: list[str]
) -> None:
    with pytest.raises(MissingColumn) as refused:
        read_header(header)
    assert refused.value.code == "missing-column"
    assert refused.value.extra == {"columns": missing}
    assert ", ".join(missing) in refused.value.detail


def test_a_first_and_a_last_name_are_a_name() -> None:
    columns = read_header(["email", "first_name", "last_name", "skills"])
    assert columns.places["first_name"] == (1,)


def test_skills_may_have_several_columns() -> None:
    columns = read_header(["email", "name", "skills", "areas of expertise"])
    assert columns.places["skills"] == (2, 3)
    assert columns.warnings == ()


def test_an_unknown_column_is_ignored_with_a_warning() -> None:
    columns = read_header(["email", "name", "skills", " Shoe size ", ""])
    assert [(warning.code, warning.column) for warning in columns.warnings] == [
        ("unknown-column", "Shoe size"),
        ("unknown-column", ""),
    ]


def test_of_two_columns_for_one_value_the_first_counts() -> None:
    columns = read_header(["email", "name", "skills", "E-Mail"])
    assert columns.places["email"] == (0,)
    (warning,) = columns.warnings
    assert (warning.code, warning.column) == ("duplicate-column", "E-Mail")
    assert warning.detail == 'Column 4 is ignored: "email" means the same and comes first.'


def test_of_very_many_unknown_columns_twenty_are_named() -> None:
    columns = read_header(["email", "name", "skills", *map(str, range(10_000))])
    assert len(columns.warnings) == 21
    twenty = read_header(["email", "name", "skills", *map(str, range(20))])
    assert [warning.column for warning in twenty.warnings] == [*map(str, range(20))]
    one_more = read_header(["email", "name", "skills", *map(str, range(21))])
    assert one_more.warnings[-1].detail == "Other ignored columns: 1."
    assert {warning.code for warning in one_more.warnings} == {"unknown-column"}
    assert columns.warnings[-1].detail == "Other ignored columns: 9980."


def test_names_of_columns_can_be_shown_anywhere() -> None:
    columns = read_header(["email", "name", "skills", "a\x00b\udc81\nc", "x" * 1_000])
    assert columns.names[3:] == ("a\ufffdb\ufffd\ufffdc", "x" * 100)


@pytest.mark.parametrize(
    ("lines", "of_the_header"),
    [
        (["a,b\n", "1,2\n"], 1),
        (["\n", " \n", '"a\n', "\n", 'b",c\n', "1,2\n"], 5),
        (['"a","b"\n', "1,2\n"], 1),
        (['"a","\n', 'b"\n', "1,2\n"], 2),
        (['"a\n', *["b\n"] * 200], 100),
        (["\n"], 1),
    ],
)
def test_a_header_ends_with_the_line_in_which_its_quotes_are_closed(
    lines: list[str], of_the_header: int
) -> None:
    header, again = with_header_lines(iter(lines))
    assert header == lines[:of_the_header]
    assert list(again) == lines
