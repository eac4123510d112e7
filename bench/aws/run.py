"""`./mb bench aws`: what the service costs on AWS, counted on servers of this machine."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import sys
import tempfile
from pathlib import Path

import msgspec
import structlog

from bench.aws import commands, following
from bench.aws.cold_starts import cold_starts
from bench.aws.importing import imports
from bench.aws.lists import lists
from bench.aws.report import Report, as_table
from bench.aws.speed import many_at_a_time, speed
from bench.aws.stage import Stage, stage
from bench.report import tell
from tools.aws_local.dynoxide import DynoxideMissing

CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "local",
    "AWS_SECRET_ACCESS_KEY": "local",
    "AWS_REGION": "eu-west-1",
}
"""They open nothing, and hold where the environment has none."""

MORE_LANES = (4, 16)


def main() -> int:
    """Measure and print; 1 if something costs more than it should."""
    given = _arguments()
    for name, value in CREDENTIALS.items():
        os.environ.setdefault(name, value)
    structlog.configure(
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
    )
    report = Report()
    try:
        with tempfile.TemporaryDirectory(prefix="mentorbooking-bench-") as name:
            asyncio.run(_measure(report, Path(name), given.slots, timed=not given.only_count))
    except DynoxideMissing as missing:
        tell(f"bench: {missing}")
        return 2
    if given.json:
        print(msgspec.json.format(msgspec.json.encode(report)).decode())
    else:
        print(as_table(report))
    for missed in report.missed:
        tell(f"missed: {missed}")
    return 1 if report.missed else 0


async def _measure(report: Report, folder: Path, slots: int, *, timed: bool) -> None:
    async with stage(folder) as playing:
        await _count(report, playing, slots)
        if timed:
            tell("measuring time …")
            report.figures += await speed(playing)
            tell("starting functions …")
            report.figures += await cold_starts(playing)
    for lanes in MORE_LANES if timed else ():
        tell(f"measuring time on {lanes} lanes …")
        async with stage(folder, lanes=lanes) as playing:
            report.figures += await many_at_a_time(playing)


async def _count(report: Report, playing: Stage, slots: int) -> None:
    tell("mails, jobs and imports …")
    behind = [
        *await following.mails(playing),
        *await following.jobs(playing),
        *await imports(playing),
    ]
    tell("projections and lists …")
    follower = following.Follower(playing)
    projected = await following.projections(playing, follower)
    read = await lists(playing, follower)
    tell(f"bookings, also of a mentor with {slots} slots …")
    report.costs += await commands.of_a_young_mentor(playing)
    report.costs += await commands.of_an_old_mentor(playing, slots)
    report.costs += [*read, *projected, *behind]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./mb bench aws", description=__doc__)
    parser.add_argument(
        "--slots",
        type=int,
        default=commands.OLD,
        help="of the mentor who has many; default: %(default)s",
    )
    parser.add_argument("--only-count", action="store_true", help="leave out what takes time")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
