"""One plan after the other, each in runs of pytest that go on where the last one ended."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from tests.support.effort import FIRST_VARIABLE, ROUNDS_VARIABLE
from tools.torture.plans import Plan

ROOT: Final = Path(__file__).resolve().parent.parent.parent


class Outcome(msgspec.Struct, frozen=True):
    """What was done of a plan. ``repeat`` are the words that do again what failed."""

    name: str
    promise: str
    a_round: str
    rounds: int
    seconds: float
    passed: bool
    repeat: str | None = None
    output: str = ""


def carry_out(
    plan: Plan, *, rounds: int, seconds: float, first: int, tell: Callable[[str], None]
) -> Outcome:
    """Go through so many rounds, or for so long, until something fails."""
    start, done = time.monotonic(), 0
    passed, repeat, output = True, None, ""
    while passed and done < rounds and (not done or time.monotonic() - start < seconds):
        now = min(plan.at_once, rounds - done)
        code, output = _run(plan.test, now, first + done)
        if code:
            passed = False
            repeat = f"./mb torture {plan.name} --first {first + done} --rounds {now}"
        else:
            done += now
        tell(f"{plan.name}: {done} rounds in {time.monotonic() - start:.0f} s")
    return Outcome(
        plan.name,
        plan.promise,
        plan.a_round,
        done,
        round(time.monotonic() - start, 1),
        passed,
        repeat,
        "" if passed else output,
    )


def _run(test: str, rounds: int, first: int) -> tuple[int, str]:
    """Return pytest's exit code and what it said; no tests at all are a failure too."""
    settings = {ROUNDS_VARIABLE: str(rounds), FIRST_VARIABLE: str(first)}
    options = ["-q", "-x", "--no-header", "--tb=short", f"--hypothesis-seed={first}"]
    ended = subprocess.run(
        [sys.executable, "-P", "-m", "pytest", "-c", ROOT / "pyproject.toml", *options, test],
        cwd=ROOT,
        env={**os.environ, **settings},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return ended.returncode, ended.stdout
