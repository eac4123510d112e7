"""The words that ``./mb torture`` takes, and the table that it prints."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence

import msgspec

from tools.torture.plans import PLANS
from tools.torture.running import Outcome, carry_out

FAILED = 1
INTERRUPTED = 130
LAST_LINES = 40


def main(words: Sequence[str] | None = None) -> int:
    """Torture what is named; return the exit code."""
    given = _arguments(words)
    if given.list:
        print(_as_list())
        return 0
    outcomes: list[Outcome] = []
    patience = True
    try:
        for plan in PLANS:
            if given.names and plan.name not in given.names:
                continue
            rounds = given.rounds or (sys.maxsize if given.minutes else plan.rounds)
            seconds = given.minutes * 60 if given.minutes else math.inf
            outcome = carry_out(plan, rounds=rounds, seconds=seconds, first=given.first, tell=_tell)
            if not outcome.passed:
                _tell("\n".join(outcome.output.splitlines()[-LAST_LINES:]))
            outcomes.append(outcome)
    except KeyboardInterrupt:
        patience = False
    if given.json:
        print(msgspec.json.format(msgspec.json.encode(outcomes)).decode())
    else:
        print(_as_table(outcomes))
    if not all(outcome.passed for outcome in outcomes):
        return FAILED
    return 0 if patience else INTERRUPTED


def _as_list() -> str:
    lines = []
    for plan in PLANS:
        lines += [
            f"{plan.name:<13}{plan.promise}",
            f"{'':<13}a round: {plan.a_round}; {plan.rounds:,} rounds",
            f"{'':<13}{plan.test.partition('::')[0]}",
        ]
    return "\n".join(lines)


def _as_table(outcomes: Sequence[Outcome]) -> str:
    lines = [f"{'':<13}{'rounds':>10}{'minutes':>9}  {'':<8}a round"]
    for each in outcomes:
        verdict = "passed" if each.passed else "FAILED"
        minutes = each.seconds / 60
        lines.append(
            f"{each.name:<13}{each.rounds:>10,}{minutes:>9.1f}  {verdict:<8}{each.a_round}"
        )
        if each.repeat:
            lines.append(f"{'':<34}the same again: {each.repeat}")
    return "\n".join(lines)


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _arguments(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="./mb torture",
        description="Run the long versions of the tests that show what we promise. Every run of"
        " the tests goes through a few rounds of each; this goes through many, each from another"
        " seed, and says how to repeat what failed. docs/promises.md tells what is promised.",
    )
    names = [plan.name for plan in PLANS]
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"what to run: {', '.join(names)}; default: all"
    )
    parser.add_argument("--list", action="store_true", help="tell what there is, and run nothing")
    length = parser.add_mutually_exclusive_group()
    length.add_argument(
        "--rounds", type=_count, metavar="N", help="rounds of each; default: what --list tells"
    )
    length.add_argument(
        "--minutes", type=float, metavar="M", help="go on with each for so long, and a little more"
    )
    parser.add_argument(
        "--first", type=int, default=0, metavar="N", help="the first round's seed; default: 0"
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    given = parser.parse_args(words)
    if unknown := sorted(set(given.names) - set(names)):
        parser.error(f"there is no {unknown[0]!r}; there are {', '.join(names)}")
    return given


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


if __name__ == "__main__":
    raise SystemExit(main())
