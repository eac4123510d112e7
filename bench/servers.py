"""Start, pause, weigh and stop the servers that are compared.

While one server is measured the others are stopped with SIGSTOP, so that what they still do in the
background (the service mails about the bookings of its last round) disturbs nobody else's figures.
Where mail is aside, so is the service's own worker.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ROOT = Path(__file__).resolve().parent.parent
PEERS = ROOT / "bench" / "peers"
PROGRAM = [sys.executable, "-m", "mentorbooking.entrypoints.cli.main"]
READY_WITHIN = 60.0
STOPPED_WITHIN = 30.0


@dataclass(frozen=True)
class Server:
    """A running server. `start_seconds`: from its start to the first 200 of its ready path."""

    name: str
    port: int
    process: subprocess.Popen[bytes]
    start_seconds: float

    def tree(self) -> list[int]:
        """Return the ids of its processes, children after parents."""
        children: dict[int, list[int]] = {}
        for status in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                parent = int(status.read_text().rpartition(")")[2].split()[1])
                children.setdefault(parent, []).append(int(status.parent.name))
        found = [self.process.pid]
        for pid in found:
            found.extend(children.get(pid, []))
        return found

    def resident_mib(self, *, workers: bool = True) -> float | None:
        """Return the resident memory of its processes together, or of the one that answers alone.

        Nothing where /proc is missing.
        """
        if not Path("/proc/self/statm").exists():
            return None
        pages = 0
        for pid in self.tree() if workers else [self.process.pid]:
            with contextlib.suppress(OSError):
                pages += int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to each of its processes that is still there."""
        for pid in self.tree():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    @contextlib.contextmanager
    def workers_aside(self) -> Iterator[None]:
        """Pause its worker for mail and exports for the time of the block."""
        workers = [pid for pid in self.tree()[1:] if b"\0mail\0" in _command_line(pid)]
        for pid in workers:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in workers:
                os.kill(pid, signal.SIGCONT)

    def stop(self) -> None:
        """End it as an operator would, by SIGTERM; by force if that does not help."""
        self.process.terminate()
        try:
            self.process.wait(STOPPED_WITHIN)
        except subprocess.TimeoutExpired:
            self.signal(signal.SIGKILL)
            self.process.wait()


def _command_line(pid: int) -> bytes:
    """Return the words of a process, each ended by a NUL."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""


@contextlib.contextmanager
def alone(server: Server, servers: Iterable[Server]) -> Iterator[None]:
    """Pause all the other servers for the time of the block."""
    others = [other for other in servers if other is not server]
    for other in others:
        other.signal(signal.SIGSTOP)
    try:
        yield
    finally:
        for other in others:
            other.signal(signal.SIGCONT)


@contextlib.contextmanager
def service(data_dir: Path) -> Iterator[Server]:
    """Run the service on a data directory of its own."""
    command = [*PROGRAM, "serve", "--host", "127.0.0.1", "--data-dir", str(data_dir), "--port"]
    environment = service_environment(data_dir)
    with _running("service", command, environment, "/health/ready", data_dir.parent) as server:
        yield server


def service_environment(data_dir: Path) -> dict[str, str]:
    """Return the environment of the service, and of its command line program beside it."""
    kept = {name: value for name, value in os.environ.items() if "MENTORBOOKING_" not in name}
    return kept | {
        "MENTORBOOKING_DATA_DIR": str(data_dir),
        "MENTORBOOKING_MAIL_URL": "file:",
        "MENTORBOOKING_RATE_LIMITS": "off",
    }


@contextlib.contextmanager
def peer(module: str, folder: Path, mode: str, python: str = sys.executable) -> Iterator[Server]:
    """Run one of the reference servers on a fresh database of 200 mentors."""
    database = folder / f"{module}.db"
    subprocess.run([sys.executable, str(PEERS / "common_schema.py"), str(database)], check=True)
    command = [python, "-m", "uvicorn", f"{module}:app", "--app-dir", str(PEERS)]
    command += ["--loop", "uvloop", "--http", "httptools", "--no-access-log"]
    command += ["--log-level", "warning", "--port"]
    environment = {**os.environ, "DB": str(database), "MODE": mode}
    with _running(module, command, environment, "/mentors?skill=python", folder) as server:
        yield server


@contextlib.contextmanager
def _running(
    name: str, command: list[str], environment: dict[str, str], ready: str, folder: Path
) -> Iterator[Server]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    log = folder / f"{name}.log"
    with log.open("ab") as output:
        began = time.perf_counter()
        process = subprocess.Popen(
            [*command, str(port)], cwd=folder, env=environment, stdout=output, stderr=output
        )
        try:
            while not _answers(port, ready):
                if process.poll() is not None or time.perf_counter() - began > READY_WITHIN:
                    end_of_log = log.read_text(errors="replace")[-2000:]
                    raise SystemExit(f"bench: {name} did not start:\n{end_of_log}")
                time.sleep(0.005)
            server = Server(name, port, process, time.perf_counter() - began)
        except BaseException:
            process.kill()
            process.wait()
            raise
        try:
            yield server
        finally:
            server.stop()


def _answers(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
