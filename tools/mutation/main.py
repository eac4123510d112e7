"""The words that ``./mb mutate`` takes, and what it prints."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path, PurePath

from tools.mutation.areas import AREAS, PACKAGE, Area, chosen
from tools.mutation.explained import FILE, Explained, Explanations
from tools.mutation.mutants import Fate, Mutant
from tools.mutation.running import ROOT, WORKSPACES, NotRun, run

SURVIVORS = 1
NOT_RUN = 3
INTERRUPTED = 130


def main(words: Sequence[str] | None = None) -> int:
    """Mutate what is named; return the exit code."""
    given = _arguments(words)
    mutants: list[Mutant] = []
    try:
        for area, paths in given.areas.items():
            mutants += _mutate(area, paths, given.jobs)
    except NotRun as why:
        _tell(str(why))
        return NOT_RUN
    except KeyboardInterrupt:
        return INTERRUPTED
    return judge(mutants)


def judge(mutants: Sequence[Mutant]) -> int:
    """Print what became of the mutants; return the exit code."""
    explanations = Explanations.read()
    alive = [each for each in mutants if each.lives and not explanations.reason_for(each)]
    needless = list(explanations.without_mutants(mutants))
    print("\n".join([*_table(mutants, alive), *_survivors(alive), *_needless(needless)]))
    return SURVIVORS if alive or needless else 0


def _mutate(area: Area, paths: Sequence[PurePath], jobs: int | None) -> Iterable[Mutant]:
    from tools.mutation.results import mutants_in  # needs mutmut, which words and help do not

    return mutants_in(run(area, paths, jobs=jobs, tell=_tell), below=str(PACKAGE))


def _table(mutants: Sequence[Mutant], alive: Sequence[Mutant]) -> Iterable[str]:
    """Yield a line for each package: score is what was noticed of what should be."""
    columns = ("mutants", "types", "tests", "explained", "survived", "score")
    yield f"{'':<40}" + "".join(f"{column:>11}" for column in columns)
    left = Counter(map(_package, alive))
    for package, group in groupby(mutants, key=_package):
        fates = Counter(mutant.fate for mutant in group)
        yield _row(package, fates, left[package])
    if mutants:
        yield _row("all", Counter(mutant.fate for mutant in mutants), len(alive))


def _row(title: str, fates: Counter[Fate], left: int) -> str:
    types, tests = fates[Fate.REFUSED_BY_TYPES], fates[Fate.KILLED_BY_TESTS]
    noticed, total = types + tests, fates.total()
    score = noticed / (noticed + left) if noticed + left else 1.0
    numbers = (total, types, tests, total - noticed - left, left)
    return f"{title:<40}" + "".join(f"{number:>11,}" for number in numbers) + f"{score:>11.1%}"


def _package(mutant: Mutant) -> str:
    return "/".join(PurePath(mutant.file).parts[:2])


def _survivors(alive: Sequence[Mutant]) -> Iterable[str]:
    """Yield what no test noticed; of functions that no test calls, only how many there are."""
    for (file, function, fate), group in groupby(alive, key=lambda each: each[:3]):
        found = list(group)
        if fate is not Fate.SURVIVED:
            yield f"\n{file} {function}: {fate.value} ({len(found)})"
            continue
        for mutant in found:
            yield f"\n{file} {function}"
            yield from (f"  - {line}" for line in mutant.was.splitlines())
            yield from (f"  + {line}" for line in mutant.becomes.splitlines())


def _needless(explained: Iterable[Explained]) -> Iterable[str]:
    for each in explained:
        yield f"\n{FILE.relative_to(ROOT)} explains what does not survive: {each.file}"
        yield from (f"  - {line}" for line in each.was.splitlines())


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _arguments(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="./mb mutate",
        description="Change one thing after the other in the domain and the application, and tell"
        " which changes no test notices. Those must be explained in"
        f" {FILE.relative_to(ROOT)}; else the exit code is {SURVIVORS}, as it is when something"
        f" is explained that does not survive. {NOT_RUN}: it could not be tried.",
        epilog=f"What mutmut did stays in {WORKSPACES.name}/; its own `mutmut browse` shows it"
        " when called there, in the folder of an area.",
    )
    parser.add_argument(
        "paths",
        nargs="*",
        type=Path,
        metavar="PATH",
        help=f"files or folders in {' or '.join(str(area.path) for area in AREAS)}; default: the"
        " domain, and those of the application of which every survivor has been dealt with",
    )
    parser.add_argument(
        "--jobs", type=int, metavar="N", help="mutants at the same time; default: one for each core"
    )
    given = parser.parse_args(words)
    try:
        given.areas = chosen(given.paths, ROOT)
    except ValueError as error:
        parser.error(str(error))
    return given


if __name__ == "__main__":
    raise SystemExit(main())
