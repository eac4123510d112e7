"""``./mb bench aws``: nothing costs more capacity than it should, and what does is told."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from bench.aws.counting import Spent
from bench.aws.report import Cost, Goal, Report, as_table, cost_of
from tests.support.aws_servers import ENDPOINT

ROOT = Path(__file__).parents[2]
SLOTS = 700
"""So many half hours are a page of a mentor's calendar, and a little more."""


@pytest.fixture(scope="module")
def costs(dynamodb_endpoint: str, aws_credentials: None) -> dict[str, Cost]:
    """What the benchmark counts, by title; what belongs to the row above is left out."""
    words = ["--only-count", "--slots", str(SLOTS), "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "bench.aws.run", *words],
        cwd=ROOT,
        env=os.environ | {ENDPOINT: dynamodb_endpoint},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    report = msgspec.json.decode(done.stdout, type=Report)
    return {cost.title: cost for cost in report.costs if not cost.title.startswith(" ")}


@pytest.mark.parametrize("mentor", ["young mentor", f"mentor with {SLOTS} slots"])
def test_a_booking_is_one_small_transaction(costs: dict[str, Cost], mentor: str) -> None:
    booking = costs[f"a booking, {mentor}"]
    assert booking.items == 6
    assert booking.writes <= 12
    assert booking.reads <= 4


def test_one_booking_is_one_read(costs: dict[str, Cost]) -> None:
    assert costs["reading one booking"].most_reads == 1


@pytest.mark.parametrize(("how", "most"), [("strongly", 6), ("eventually", 3)])
def test_a_list_of_fifty_is_a_few_reads(costs: dict[str, Cost], how: str, most: int) -> None:
    lists = [cost for title, cost in costs.items() if title.startswith("50 ") and how in title]
    assert len(lists) == 5
    assert all(0 < cost.reads <= most for cost in lists), lists


def test_mail_is_cheap_beside_what_it_tells_of(costs: dict[str, Cost]) -> None:
    assert 0 < costs["planning the two mails of a booking"].writes <= 10
    assert 0 < costs["sending the two mails of a booking"].writes <= 8
    assert 0 < costs["a second of a mailer with nothing to do"].most_reads <= 1


def test_what_costs_too_much_is_told() -> None:
    spent = [Spent(items=6, writes=12, reads=3), Spent(items=6, writes=14, reads=5)]
    goal = Goal(items=6, writes=12, reads=4)
    report = Report(costs=[cost_of("fine", spent[:1], goal), cost_of("dear", spent[1:], goal)])
    assert report.missed == ["dear: writes, reads"]
    told = {line.split()[0]: line for line in as_table(report).splitlines() if line}
    assert "MISSED" in told["dear"]
    assert "MISSED" not in told["fine"]
