"""`./mb torture`: what it runs, what it tells, and that nothing which can go on is left out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.door import ROOT, Door
from tests.support.patience import PATIENCE
from tools.torture.main import FAILED, main
from tools.torture.plans import PLANS, Plan
from tools.torture.running import Outcome, carry_out

DIARY = """
from pathlib import Path
from tests.support.effort import TORTURED, chance_of, seeds

def test_it():
    assert TORTURED
    with Path(__file__).with_suffix(".diary").open("a") as diary:
        for seed in seeds(1):
            print(seed, file=diary)
            assert seed != 15, "unlucky"
"""


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    """A plan that goes well until round 15."""
    test = tmp_path / "test_diary.py"
    test.write_text(DIARY)
    return Plan("diary", "a promise", "a line", rounds=20, at_once=4, test=str(test))


def run(plan: Plan, *, rounds: int, seconds: float = 10 * PATIENCE, first: int = 0) -> Outcome:
    return carry_out(plan, rounds=rounds, seconds=seconds, first=first, tell=print)


def diary(plan: Plan) -> list[int]:
    return [int(line) for line in Path(plan.test).with_suffix(".diary").read_text().split()]


def test_it_goes_on_where_the_last_run_ended(
    plan: Plan, capsys: pytest.CaptureFixture[str]
) -> None:
    outcome = run(plan, rounds=6, first=3)

    assert (outcome.passed, outcome.rounds, outcome.repeat) == (True, 6, None)
    assert diary(plan) == [3, 4, 5, 6, 7, 8]
    assert capsys.readouterr().out.startswith("diary: 4 rounds in ")


def test_it_ends_with_the_first_failure_and_says_how_to_repeat_it(plan: Plan) -> None:
    outcome = run(plan, rounds=20, first=8)

    assert (outcome.passed, outcome.rounds) == (False, 4)
    assert outcome.repeat == "./mb torture diary --first 12 --rounds 4"
    assert "unlucky" in outcome.output


def test_it_ends_when_its_time_is_over(plan: Plan) -> None:
    assert run(plan, rounds=1_000_000, seconds=0).rounds == 4


def test_what_can_not_be_run_has_not_passed(plan: Plan) -> None:
    assert not run(plan._replace(test="tests/test_nowhere.py"), rounds=1).passed


def test_a_round_of_a_real_plan(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tokens", "--rounds", "1", "--json"]) == 0
    (outcome,) = json.loads(capsys.readouterr().out)
    assert (outcome["name"], outcome["rounds"], outcome["passed"]) == ("tokens", 1, True)


def test_the_table_tells_what_failed(
    plan: Plan, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tools.torture.main.PLANS", (plan,))
    assert main(["--first", "13"]) == FAILED
    told = capsys.readouterr()
    assert "FAILED" in told.out
    assert "./mb torture diary --first 13 --rounds 4" in told.out
    assert "unlucky" in told.err


@pytest.mark.parametrize("words", [["nobody"], ["--rounds", "0"], ["--rounds=1", "--minutes=1"]])
def test_other_words_are_refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(words)
    assert "./mb torture: error:" in capsys.readouterr().err


def test_every_test_that_can_go_on_is_in_a_plan(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list"]) == 0
    told = capsys.readouterr().out
    for file in ROOT.glob("tests/**/test_*.py"):
        if file != Path(__file__) and "tests.support.effort" in file.read_text():
            assert str(file.relative_to(ROOT)) in told


def test_every_plan_names_a_test_that_goes_on() -> None:
    assert len({plan.name for plan in PLANS}) == len(PLANS)
    for plan in PLANS:
        file, _, test = plan.test.partition("::")
        source = (ROOT / file).read_text()
        assert "tests.support.effort" in source
        assert f"def {test.partition('[')[0]}(" in source or not test


def test_the_door_leads_to_it(tmp_path: Path) -> None:
    door = Door.standing_in(tmp_path)
    assert "./mb torture" in door.run("help").stdout
