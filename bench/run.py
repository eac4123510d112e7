"""`./mb bench`: the service beside servers that do the same job, in one run on one machine."""

from __future__ import annotations

import argparse
import contextlib
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from bench import jobs, loads, preparing, read_models
from bench.client import Service, make_admin
from bench.measuring import Pace, Requests, exhaust
from bench.preparing import A_DAY, PEOPLE, READ_DAYS
from bench.report import Report, as_table, tell
from bench.requests import booking_requests
from bench.servers import ROOT, Server, peer, service

if TYPE_CHECKING:
    from collections.abc import Iterator

BOOKINGS_A_SECOND = 10_000
"""More than the fastest server makes in a second of each row together; so many are prepared."""


def main() -> int:
    """Measure and print; 1 if any request under load was refused."""
    given = _arguments()
    report = Report(given.seconds, given.rounds)
    with tempfile.TemporaryDirectory(prefix="mentorbooking-bench-", dir=given.dir) as name:
        folder = Path(name)
        tell(f"working in {folder}")
        with _peers(folder, every=given.peers == "all") as peers:
            bookings = _measure_loads(report, folder, peers, given.export_bookings)
        report.figures.append(jobs.starting(folder / "service", bookings))
        report.figures.append(read_models.rebuilding(folder / "service"))
        report.figures += jobs.importing(folder)
    if given.json:
        print(msgspec.json.format(msgspec.json.encode(report)).decode())
    else:
        print(as_table(report))
    return 1 if report.refused else 0


def _measure_loads(report: Report, folder: Path, peers: list[Server], wanted: int) -> int:
    """Measure the rows and the export; return how many bookings the service holds then."""
    pace = Pace(report.seconds, report.rounds)
    data_dir = folder / "service"
    make_admin(data_dir)
    with service(data_dir) as ours:
        tell(f"the service is up; making {PEOPLE} mentors, {PEOPLE} students and their slots …")
        api = Service(ours.port)
        calendar = preparing.make_people(api)
        expected = max(int(BOOKINGS_A_SECOND * pace.total_seconds), wanted)
        days = READ_DAYS + -(-expected // (A_DAY * PEOPLE))
        preparing.add_slots(api, calendar, days * A_DAY)
        tokens = preparing.sign_in_students(api)
        made = preparing.book_half_of_the_read_days(api, calendar, tokens)
        tell("waiting until the mail about the first bookings is out …")
        jobs.until_the_mail_is_out(data_dir)
        for row in loads.reading(folder, peers[0], ours, calendar, pace):
            tell(f"measured {row.title}")
            report.rows.append(row)

        tokens = preparing.sign_in_students(api)
        prepared = booking_requests(calendar, tokens, READ_DAYS * A_DAY)
        bookings = Requests.write(folder / "bookings-service", prepared, once=True)
        for row in loads.booking(folder, peers, ours, bookings, pace):
            tell(f"measured {row.title}")
            report.rows.append(row)

        lag = read_models.lagging(api, ours, bookings, pace, loads.MANY)
        report.figures.append(lag)
        tell("measured how far the read models are behind")

        if wanted > made + bookings.taken:
            tell(f"making bookings up to {wanted}, then waiting until the mail is out …")
            exhaust(ours, bookings, wanted - made - bookings.taken)
            jobs.until_the_mail_is_out(data_dir)
        report.figures += jobs.exporting(api, ours)
        return made + bookings.taken


@contextlib.contextmanager
def _peers(folder: Path, *, every: bool) -> Iterator[list[Server]]:
    with contextlib.ExitStack() as running:
        servers = [running.enter_context(peer("litestar_raw", folder, "inline"))]
        if every:
            python = str(ROOT / ".venv-bench" / "bin" / "python")
            servers.append(running.enter_context(peer("fastapi_sa", folder, "sync", python)))
        yield servers


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./mb bench", description=__doc__)
    parser.add_argument("--peers", choices=["raw", "all"], default="raw", help="default: raw")
    parser.add_argument("--seconds", type=float, default=3, help="of each round; default: 3")
    parser.add_argument("--rounds", type=int, default=3, help="of each row; default: 3")
    parser.add_argument(
        "--export-bookings",
        type=int,
        default=0,
        metavar="N",
        help="make at least N bookings before the export; a minute or more for each 100,000",
    )
    parser.add_argument(
        "--dir",
        default="/var/tmp" if Path("/var/tmp").is_dir() else None,
        help="where the data goes: a real disk, not one in memory",
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
