"""``mentorbooking serve`` as a process, on a free port of this machine."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx

from tests.support.patience import PATIENCE
from tests.support.program import ADMIN, COMMAND, PASSWORD, environment

STOPPED_WITHIN = 10.0
"""What the contract allows."""

R = TypeVar("R")


@dataclass
class Served:
    """A service that runs. ``lines`` is what it has logged so far, ``out`` what it has printed."""

    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list)
    out: list[str] = field(default_factory=list)
    url: str = ""

    @property
    def logged(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.lines]

    def event(self, name: str) -> dict[str, Any] | None:
        """Return the first line about something, if there is one yet."""
        return next((line for line in self.logged if line["event"] == name), None)

    def stop(self, *, seconds: float = PATIENCE) -> int:
        """End it as an operator would; return its exit code. Fails if it takes longer."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(seconds)

    @contextmanager
    def client(self, email: str | None = ADMIN, password: str = PASSWORD) -> Iterator[httpx.Client]:
        """Give a client who is signed in; without an address, nobody is."""
        with httpx.Client(base_url=self.url, timeout=PATIENCE) as client:
            if email is not None:
                answer = client.post("/auth/token", json={"email": email, "password": password})
                assert answer.status_code == 200, answer.text
                client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
            yield client


@contextmanager
def served(folder: Path, *words: str, **settings: str) -> Iterator[Served]:
    """Serve from ``folder``/data while the body runs; it is killed if it does not stop."""
    process = subprocess.Popen(
        [*COMMAND, "serve", "--port", "0", *words],
        cwd=folder,
        env=environment(settings),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    service = Served(process)
    readers = [
        threading.Thread(target=_read, args=(process.stderr, service.lines)),
        threading.Thread(target=_read, args=(process.stdout, service.out)),
    ]
    for reader in readers:
        reader.start()
    try:
        service.url = _url_of(service)
        yield service
        if process.poll() is None:
            service.stop()
    finally:
        process.kill()
        process.wait()
        for reader in readers:
            reader.join()
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()


def _read(stream: Any, lines: list[str]) -> None:
    lines.extend(stream)


def _url_of(service: Served) -> str:
    def listening() -> dict[str, Any] | None:
        assert service.process.poll() is None, "".join(service.lines)
        return service.event("listening")

    return str(within(PATIENCE, listening)["url"])


def within(seconds: float, look: Callable[[], R | None]) -> R:
    """Look until there is something; fail when there is nothing in time."""
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end, f"nothing came within {seconds} s"
        time.sleep(0.02)
    return found
