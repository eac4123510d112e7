"""What the benchmark on AWS counted, for people and for machines."""

from __future__ import annotations

import os
import platform
from statistics import median
from typing import TYPE_CHECKING

import msgspec

from bench.report import Figure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.aws.counting import Spent


class Goal(msgspec.Struct, frozen=True, kw_only=True):
    """What a piece of work should cost at most; None: nothing is asked."""

    items: int | None = None
    writes: float | None = None
    reads: float | None = None


NO_GOAL = Goal()


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """What a piece of work costs: medians of ``samples``, and the most of them.

    ``items``: of the transaction. ``writes`` and ``reads``: units of capacity.
    """

    title: str
    samples: int
    items: float
    writes: float
    reads: float
    most_writes: float
    most_reads: float
    goal: Goal = NO_GOAL

    @property
    def missed(self) -> list[str]:
        """Name the goals that it does not reach."""
        return [
            name
            for name in self.goal.__struct_fields__
            if (most := getattr(self.goal, name)) is not None and getattr(self, name) > most
        ]


class Report(msgspec.Struct):
    """All of one run. Costs hold everywhere; figures of time are of this machine."""

    cores: int | None = msgspec.field(default_factory=os.cpu_count)
    python: str = msgspec.field(default_factory=platform.python_version)
    system: str = msgspec.field(default_factory=platform.platform)
    costs: list[Cost] = []
    figures: list[Figure] = []

    @property
    def missed(self) -> list[str]:
        """Tell what costs more than it should."""
        return [f"{cost.title}: {', '.join(cost.missed)}" for cost in self.costs if cost.missed]


def cost_of(title: str, spent: Sequence[Spent], goal: Goal = NO_GOAL, *, each: int = 1) -> Cost:
    """Return what each sample costs; ``each`` says how many pieces of work one sample was."""
    return Cost(
        title=title,
        samples=len(spent),
        items=median(one.items for one in spent) / each,
        writes=median(one.writes for one in spent) / each,
        reads=median(one.reads for one in spent) / each,
        most_writes=max(one.writes for one in spent) / each,
        most_reads=max(one.reads for one in spent) / each,
        goal=goal,
    )


def as_table(report: Report) -> str:
    """Return the report as text."""
    lines = [
        f"{report.cores} cores, Python {report.python}, {report.system}",
        "capacity as DynamoDB tells it: medians, in brackets the most where that is more",
        "",
        f"{'':<58}{'times':>6}{'items':>7}{'write units':>15}{'read units':>15}  goal",
    ]
    for cost in report.costs:
        writes = _units(cost.writes, cost.most_writes)
        reads = _units(cost.reads, cost.most_reads)
        items = f"{cost.items:g}" if cost.items else ""
        lines.append(
            f"{cost.title:<58}{cost.samples:>6}{items:>7}{writes:>15}{reads:>15}  {_goal(cost)}"
        )
    lines.append("")
    lines += [
        f"{each.title:<71}{each.value:>12.2f} {each.unit:<9} {each.goal}" for each in report.figures
    ]
    return "\n".join(line.rstrip() for line in lines)


def _units(typically: float, most: float) -> str:
    told = f"{round(typically, 2):g}"
    return told if most == typically else f"{told} ({round(most, 2):g})"


def _goal(cost: Cost) -> str:
    names = {"items": "items", "writes": "write", "reads": "read"}
    wanted = ", ".join(
        f"≤ {most:g} {told}"
        for name, told in names.items()
        if (most := getattr(cost.goal, name)) is not None
    )
    return f"{wanted}: MISSED" if cost.missed else wanted
