"""What a benchmark found, for people and for machines."""

from __future__ import annotations

import os
import platform
import sys

import msgspec

from bench.measuring import Row

GENERATOR_IS_THE_LIMIT = 0.9


class Figure(msgspec.Struct, frozen=True):
    """One number that stands alone, such as seconds until ready."""

    title: str
    value: float | None
    unit: str
    goal: str = ""


class Report(msgspec.Struct):
    """All of one run on one machine; ratios hold elsewhere, absolute figures do not."""

    seconds: float
    rounds: int
    cores: int | None = msgspec.field(default_factory=os.cpu_count)
    python: str = msgspec.field(default_factory=platform.python_version)
    system: str = msgspec.field(default_factory=platform.platform)
    rows: list[Row] = []
    figures: list[Figure] = []

    @property
    def refused(self) -> int:
        """Requests that were not answered with a 2xx, by any server under any load."""
        return sum(row.refused for row in self.rows)


def tell(text: str) -> None:
    """Say what is being done, beside the results."""
    print(text, file=sys.stderr, flush=True)


def as_table(report: Report) -> str:
    """Return the report as text."""
    lines = [
        f"{report.cores} cores, Python {report.python}, {report.system}",
        f"medians of {report.rounds} interleaved rounds of {report.seconds:g} s",
        "ratio: the service's figure divided by this server's",
    ]
    for row in report.rows:
        what = "ratio of p50" if row.measure == "p50_ms" else "ratio"
        lines += [
            "",
            f"{row.title:<40}{'req/s':>9}{'p50 ms':>9}{'p99 ms':>9}{'not 2xx':>9}  {what}",
        ]
        for each in row.figures:
            ratio = ""
            if each.ratio is not None:
                ratio = "failed" if row.refused else f"{each.ratio:.2f}"
            goal = f"  (goal {each.goal})" if each.goal else ""
            lines.append(
                f"  {each.name:<38}{each.rate:>9.0f}{each.p50_ms:>9.2f}{each.p99_ms:>9.2f}"
                f"{each.refused:>9}  {ratio}{goal}"
            )
    lines.append("")
    for figure in report.figures:
        value = "not measured here" if figure.value is None else f"{figure.value:.2f} {figure.unit}"
        goal = f"  (goal {figure.goal})" if figure.goal else ""
        lines.append(f"{figure.title:<58}{value:>18}{goal}")
    busy = max((each.busy for row in report.rows for each in row.figures), default=0.0)
    verdict = ": IT WAS THE LIMIT, do not trust the rates" if busy > GENERATOR_IS_THE_LIMIT else ""
    lines.append(f"The load generator used at most {busy:.0%} of one core{verdict}.")
    return "\n".join(lines)
