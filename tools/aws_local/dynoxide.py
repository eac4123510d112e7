"""DynamoDB on this machine: dynoxide, a static binary that npm brings."""

from __future__ import annotations

import ctypes
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

BINARY = Path(__file__).parent.parent.parent / "node_modules/@dynoxide/linux-x64/dynoxide"

_PR_SET_PDEATHSIG = 1
_STARTS_WITHIN = 60.0


class DynoxideMissing(Exception):
    """The binary is not here: npm has not brought it, or it is not made for this platform."""


def is_here() -> bool:
    """Tell whether this machine has the binary."""
    return BINARY.is_file()


@contextmanager
def dynoxide(*, port: int = 0, db_path: Path | None = None) -> Iterator[str]:
    """Run a server and yield the URL of its endpoint; in memory without ``db_path``.

    It dies with this process, whichever way that ends. Raises ``DynoxideMissing``, and
    ``RuntimeError`` if it does not come up.
    """
    if not is_here():
        raise DynoxideMissing(
            "dynoxide is not installed: `npm ci` brings it on Linux x86-64; elsewhere set"
            " MENTORBOOKING_DYNAMODB_ENDPOINT to any DynamoDB, such as DynamoDB Local"
        )
    port = port or _free_port()
    command = [str(BINARY), "serve", "--port", str(port)]
    if db_path is not None:
        command += ["--db-path", str(db_path)]
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=_die_with_parent,  # noqa: PLW1509  one call of the C library, loaded before
    )
    try:
        _wait_until_up(process, port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


_libc = ctypes.CDLL(None)


def _die_with_parent() -> None:
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_up(process: subprocess.Popen[bytes], port: int) -> None:
    """Wait for an answer over HTTP, which also shows that it is no other program's port."""
    given_up = time.monotonic() + _STARTS_WITHIN
    while process.poll() is None and time.monotonic() < given_up:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}", timeout=1).close()
        except urllib.error.HTTPError as refused:
            refused.close()  # an answer is an answer
        except OSError:
            time.sleep(0.01)
            continue
        return
    raise RuntimeError(f"dynoxide did not come up on port {port}")
