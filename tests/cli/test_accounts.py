"""``mentorbooking users``."""

from __future__ import annotations

import pytest

from mentorbooking.domain.user_account.role import Role
from mentorbooking.entrypoints.cli.commands.users import ROLES
from mentorbooking.entrypoints.cli.exit_codes import ExitCode
from tests.support.program import ADMIN, PASSWORD, Program


def create(*more: str, role: str = "admin", email: str = ADMIN) -> tuple[str, ...]:
    who = ("--role", role, "--email", email, "--name", "Ada Admin")
    return ("users", "create", *who, "--password-stdin", *more)


def test_every_role_can_be_made() -> None:
    assert set(ROLES) == {role.value for role in Role}


@pytest.mark.parametrize(
    ("role", "part"),
    [("admin", None), ("operator", None), ("student", "student_id"), ("mentor", "mentor_id")],
)
def test_an_account_is_made_and_listed(program: Program, role: str, part: str | None) -> None:
    zone = ("--time-zone", "Europe/Vienna")
    made = program(*create("--json", *zone, role=role), typed=f"{PASSWORD}\n").json
    assert made["id"].startswith("user_")
    assert (made["role"], made["email"], made["time_zone"]) == (role, ADMIN, "Europe/Vienna")
    assert {"student_id", "mentor_id"} & set(made) == ({part} if part else set())
    assert program("users", "list", "--json").json == [made]


def test_an_account_for_people_to_read(program: Program) -> None:
    called = program(*create(), typed=f"{PASSWORD}\n")
    header, row = called.out.splitlines()
    assert header.split() == ["ID", "ROLE", "EMAIL", "NAME", "TIME", "ZONE", "CREATED"]
    assert row.split()[1:6] == ["admin", ADMIN, "Ada", "Admin", "UTC"]
    assert program("users", "list").out == called.out


def test_the_list_shows_accounts_of_one_role_as_they_are_now(program: Program) -> None:
    program(*create(), typed=f"{PASSWORD}\n")
    for number in range(3):
        email = f"student{number}@example.org"
        program(*create(role="student", email=email), typed=f"{PASSWORD}\n")
    students = program("users", "list", "--role", "student", "--json").json
    assert [each["email"] for each in students] == [f"student{n}@example.org" for n in range(3)]
    assert len(program("users", "list", "--json").json) == 4


def test_an_address_that_is_taken_is_refused(program: Program) -> None:
    program.make_admin()
    called = program(*create(email=ADMIN.upper()), typed=f"{PASSWORD}\n")
    assert called.code == ExitCode.REFUSED
    assert called.error.endswith("(email-taken)")
    assert len(program("users", "list", "--json").json) == 1


def test_everything_that_is_wrong_is_told_at_once_and_nothing_is_made(program: Program) -> None:
    words = ("--role", "admin", "--email", "nobody", "--name", " ", "--time-zone", "Mars/Crater")
    called = program("users", "create", *words, "--password-stdin", typed="short\n")
    assert called.code == ExitCode.USAGE
    for name in ("email:", "password:", "name:", "time_zone:"):
        assert name in called.err
    assert "short" not in called.err
    assert not program.data.exists()


@pytest.mark.parametrize(
    ("typed", "password"),
    [
        ("correct horse battery", "correct horse battery"),
        ("correct horse battery\r\nsecond line\n", "correct horse battery"),
        ("  blanks belong to it  \n", "  blanks belong to it  "),
    ],
)
def test_the_password_is_the_first_line_of_standard_input(
    program: Program, typed: str, password: str
) -> None:
    from mentorbooking.entrypoints.cli.new_accounts import NewAccount

    taken: list[str] = []
    original = NewAccount.of

    def take(**given: str | None) -> NewAccount:
        taken.append(str(given["password"]))
        return original(**given)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(NewAccount, "of", take)
        assert program(*create(), typed=typed).code == ExitCode.OK
    assert taken == [password]


def test_nobody_is_there_to_ask_for_a_password(program: Program) -> None:
    who = ("--role", "admin", "--email", ADMIN, "--name", "Ada")
    called = program("users", "create", *who, typed=f"{PASSWORD}\n")
    assert called.code == ExitCode.USAGE
    assert "--password-stdin" in called.err


def test_on_a_terminal_the_password_is_asked_for_twice_and_not_shown(program: Program) -> None:
    who = ("--role", "admin", "--email", ADMIN, "--name", "Ada")
    code, shown = program.on_a_terminal(
        *("users", "create", *who),
        answers=[("Password: ", PASSWORD), ("Repeat for confirmation: ", PASSWORD)],
    )
    assert code == ExitCode.OK
    assert PASSWORD not in shown
    assert program("users", "list", "--json").json[0]["email"] == ADMIN


def test_what_is_made_here_says_so_in_the_log(program: Program) -> None:
    program.make_admin()
    events = program("events", "list", "--json").json
    assert {(e["actor"]["type"], e["channel"]) for e in events} == {("system", "cli")}
    assert len({e["correlation_id"] for e in events}) == 1
