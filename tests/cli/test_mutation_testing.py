"""`./mb mutate`: what it mutates, which survivors it lets pass, and what it tells of the others."""

from __future__ import annotations

from pathlib import Path, PurePath

import pytest

from tests.support.door import ROOT, Door
from tools.mutation.areas import AREAS, PACKAGE, chosen
from tools.mutation.explained import Explained, Explanations, NotReached
from tools.mutation.main import SURVIVORS, judge, main
from tools.mutation.mutants import Fate, Mutant, changed_lines

CODE = 'raise Unacceptable("too-long", "At most ten of them.")'


def survivor(was: str, becomes: str, *, file: str = "domain/a/b.py") -> Mutant:
    return Mutant(file, "f", Fate.SURVIVED, was, becomes)


def killed(file: str) -> Mutant:
    return Mutant(file, "f", Fate.KILLED_BY_TESTS)


def test_a_mutant_is_told_by_the_lines_that_differ() -> None:
    diff = [" def f(", "-        at=at,", "-    )", "+    )", "-  run = 0", "+  run = 1"]
    assert changed_lines(diff) == ("at=at,\nrun = 0", "run = 1")


@pytest.mark.parametrize(
    "becomes",
    [
        CODE.replace("At most ten of them.", "XXAt most ten of them.XX"),
        CODE.replace("At most ten of them.", "at most ten of them."),
        CODE.replace("At most ten of them.", "AT MOST TEN OF THEM."),
    ],
)
def test_other_letters_of_words_for_people_are_let_pass(becomes: str) -> None:
    assert Explanations().reason_for(survivor(CODE, becomes))


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        (CODE, CODE.replace("too-long", "TOO-LONG")),
        (CODE, CODE.replace("too-long", "XXtoo-longXX")),
        (CODE, 'raise Unacceptable("too-long", None)'),
        ("run = 0", "run = 1"),
        ('local.strftime("%H:%M %d")', 'local.strftime("%h:%m %d")'),
        ('text.replace(" ", "_")', 'text.replace("XX XX", "_")'),
    ],
)
def test_every_other_survivor_is_to_be_explained(was: str, becomes: str) -> None:
    assert Explanations().reason_for(survivor(was, becomes)) is None


def test_an_explanation_is_of_one_line_and_of_what_becomes_of_it() -> None:
    one = Explained("domain/a/b.py", "f", was="run = 0", becomes="run = 1", reason="why")
    any_ = Explained("domain/a/b.py", "f", was="run = 0", reason="why")
    assert one.covers(survivor("run = 0", "run = 1"))
    assert not one.covers(survivor("run = 0", "run = None"))
    assert any_.covers(survivor("run = 0", "run = None"))
    assert not any_.covers(survivor("walk = 0", "walk = None"))
    assert not any_.covers(survivor("run = 0", "run = 1", file="domain/a/c.py"))


def test_what_no_test_calls_is_explained_by_its_file() -> None:
    others = NotReached(("application/use_cases/*",), reason="tests/http")
    use_case = Mutant("application/use_cases/a/b.py", "f", Fate.NOT_REACHED)
    assert others.covers(use_case)
    assert not others.covers(use_case._replace(fate=Fate.SURVIVED))
    assert not others.covers(use_case._replace(file="application/jobs/runner.py"))


def test_what_is_explained_has_to_survive_if_its_file_was_mutated() -> None:
    each = Explained("domain/a/b.py", "f", was="run = 0", reason="why")
    explanations = Explanations(mutant=(each,))
    assert not [*explanations.without_mutants([survivor("run = 0", "run = 1")])]
    assert [*explanations.without_mutants([killed("domain/a/b.py")])] == [each]
    assert not [*explanations.without_mutants([killed("domain/a/c.py")])]


def test_what_is_explained_stands_in_the_code() -> None:
    for each in Explanations.read().mutant:
        code = (ROOT / PACKAGE / each.file).read_text()
        for line in each.was.strip().splitlines():
            assert line in code, each


def test_survivors_fail_and_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert judge([killed("domain/a/b.py"), survivor("run = 0", "run = 1")]) == SURVIVORS
    shown = capsys.readouterr().out
    assert "domain/a/b.py f\n  - run = 0\n  + run = 1\n" in shown
    assert "50.0%" in shown
    assert judge([killed("domain/a/b.py")]) == 0
    assert "100.0%" in capsys.readouterr().out


def test_what_is_mutated_is_what_is_named_or_else_what_is_clean() -> None:
    domain, application = AREAS
    folder, file = PACKAGE / "domain/booking", PACKAGE / "application/jobs/runner.py"
    assert chosen([ROOT / folder, ROOT / file], ROOT) == {domain: [folder], application: [file]}
    clean = chosen([], ROOT)
    assert clean[domain] == [PurePath("src/mentorbooking/domain")]
    assert all((ROOT / path).exists() for paths in clean.values() for path in paths)


@pytest.mark.parametrize("path", ["src/mentorbooking/adapters", "nowhere", "tests"])
def test_nothing_else_is_mutated(path: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([str(ROOT / path)])
    assert ended.value.code == 2
    assert "./mb mutate: error:" in capsys.readouterr().err


def test_tests_that_are_left_out_are_there() -> None:
    for area in AREAS:
        for test in (*area.tests, *area.left_out):
            assert (ROOT / test.partition("::")[0]).exists()


def test_help_needs_no_more_than_the_tests_do(tmp_path: Path) -> None:
    door = Door.standing_in(tmp_path)
    called = door.run("mutate", "--help", folder=tmp_path).stdout.splitlines()
    assert called[-1] == "--help"
    assert not (door.project / ".venv-mutation").exists()


def test_the_door_leads_to_it_in_an_environment_of_its_own(tmp_path: Path) -> None:
    door = Door.standing_in(tmp_path)
    called = door.run("mutate", "src", folder=tmp_path).stdout.splitlines()
    assert called[0].endswith(f" {tmp_path}")
    assert called[-2:] == [str(door.project), "src"]
    assert (door.project / ".venv-mutation").is_dir()
    assert not (door.project / ".venv").exists()
