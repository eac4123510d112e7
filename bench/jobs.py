"""The single figures: the import, the export, the start, the memory."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from statistics import median
from typing import TYPE_CHECKING

from bench.client import ADMIN, Service, make_admin
from bench.report import Figure
from bench.servers import ROOT, Server, service

if TYPE_CHECKING:
    from pathlib import Path

STARTS = 3
MENTORS = ROOT / "tests" / "data" / "mentors.csv"


def importing(folder: Path) -> list[Figure]:
    """Import the sample file into an empty store; also that store's start."""
    data_dir = folder / "import"
    make_admin(data_dir)
    with service(data_dir) as server:
        api = Service(server.port)
        api.admin = api.sign_in(ADMIN)
        began = time.perf_counter()
        files = {"file": ("mentors.csv", MENTORS.read_bytes(), "text/csv")}
        queued = api.call("POST", "/import/mentors", api.admin, files=files)
        path = f"/import/mentors/{queued['id']}"
        done = api.until(path, ("completed", "completed_with_errors", "failed"))
        seconds = time.perf_counter() - began
        title = f"import of {MENTORS.name}: {done['status']}, {done['created']} mentors"
        return [
            Figure("start of serve to ready, empty store", server.start_seconds, "s", "< 2"),
            Figure(title, seconds, "s", "< 5"),
            *_memory("after the import", server),
        ]


def exporting(api: Service, server: Server) -> list[Figure]:
    """Export all bookings, and watch the memory of the processes meanwhile."""
    api.admin = api.sign_in(ADMIN)
    memory = _memory("before the export", server)
    before = server.resident_mib()
    with ThreadPoolExecutor(1) as pool:
        began = time.perf_counter()
        queued = api.call("POST", "/exports/bookings", api.admin, json={})
        path = f"/exports/bookings/{queued['id']}"
        waiting = pool.submit(api.until, path, ("completed", "failed"))
        most = before
        while not waiting.done():
            now = server.resident_mib()
            most = now if most is None or now is None else max(most, now)
            time.sleep(0.05)
        seconds = time.perf_counter() - began
        done = waiting.result()
    title = f"export of {done['record_count']} bookings: {done['status']}"
    return [
        Figure(title, seconds, "s", "< 10 for 100000"),
        *memory,
        Figure("resident memory with its worker during the export, at most", most, "MiB"),
    ]


def _memory(when: str, server: Server) -> list[Figure]:
    """Weigh the service alone and with the process that writes mails and exports for it."""
    alone, together = server.resident_mib(workers=False), server.resident_mib()
    return [
        Figure(f"resident memory of the service {when}", alone, "MiB", "< 150"),
        Figure(f"resident memory with its worker {when}", together, "MiB", "< 150"),
    ]


def starting(data_dir: Path, bookings: int) -> Figure:
    """Start the service on a store that holds bookings; the median of some starts."""
    starts = []
    for _ in range(STARTS):
        with service(data_dir) as server:
            starts.append(server.start_seconds)
    return Figure(f"start of serve to ready, {bookings} bookings", median(starts), "s", "< 2")


def until_the_mail_is_out(data_dir: Path) -> None:
    """Wait until no more mail is written; it is written at low priority, after the bookings."""
    seen, now = -1, 0
    while seen != now:
        time.sleep(1.5)
        seen, now = now, sum(1 for _ in (data_dir / "mail").glob("*.eml"))
