"""A function of Lambda in a process of its own, run by AWS's runtime client.

The client asks a Runtime API of ours for invocations, exactly as it asks Lambda's.
https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html

Functions are run from the sources. ``MENTORBOOKING_TEST_LAMBDA_PACKAGE`` names an archive of
``./mb lambda-package`` that they are run from instead, with nothing else to import but the client.
"""

from __future__ import annotations

import atexit
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from queue import Queue
from threading import Event, Thread
from typing import Any
from zipfile import ZipFile

import pytest

from tests.support.patience import PATIENCE

PACKAGE = "MENTORBOOKING_TEST_LAMBDA_PACKAGE"

_CLIENT = ("awslambdaric", "runtime_client", "simplejson", "snapshot_restore_py")
"""What Lambda's own runtime has of the client."""

_NOT_THEIRS = {"PYTHONDONTWRITEBYTECODE", PACKAGE}
"""Lambda's package is compiled, so what is compiled here is kept too."""

ARN = "arn:aws:lambda:eu-west-1:123456789012:function:mentorbooking"


class FunctionFailed(Exception):
    """A function has answered with an error, or could not start; the text is what it told."""


@dataclass
class _Invocation:
    request_id: str
    payload: bytes
    deadline_ms: int
    over: Event = field(default_factory=Event)
    answer: bytes = b""
    failed: bool = False


class _RuntimeApi(ThreadingHTTPServer):
    """Connections end with the function, mostly in the middle of a request."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.waiting: Queue[_Invocation] = Queue()
        self.known: dict[str, _Invocation] = {}
        self.ready = Event()
        self.init_error: bytes | None = None


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _RuntimeApi

    def do_GET(self) -> None:
        self.server.ready.set()
        invocation = self.server.waiting.get()
        headers = {
            "Content-Type": "application/json",
            "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
            "Lambda-Runtime-Deadline-Ms": str(invocation.deadline_ms),
            "Lambda-Runtime-Invoked-Function-Arn": ARN,
        }
        self._send(200, invocation.payload, headers)

    def do_POST(self) -> None:
        told = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        *_, before, last = self.path.split("/")
        if (before, last) == ("init", "error"):
            self.server.init_error = told
            self.server.ready.set()
        else:
            invocation = self.server.known[before]
            invocation.answer, invocation.failed = told, last == "error"
            invocation.over.set()
        self._send(202, b"{}", {})

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  so named by the library
        """Tell nobody."""

    def _send(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@dataclass
class LambdaFunction:
    """``init_seconds`` is from the start of its process until it asked for work."""

    process: subprocess.Popen[bytes]
    init_seconds: float
    folder: Path
    api: _RuntimeApi

    def invoke(self, event: Any, *, seconds: float = 30) -> Any:
        """Return its answer. Raises ``FunctionFailed``; ``seconds`` is how long it may take."""
        invocation = self.begin(event, seconds=seconds)
        if not invocation.over.wait(PATIENCE):
            pytest.fail(f"no answer; {self.log()}")
        if invocation.failed:
            raise FunctionFailed(invocation.answer.decode())
        return json.loads(invocation.answer)

    def begin(self, event: Any, *, seconds: float = 30) -> _Invocation:
        """Have it work on something, and don't wait."""
        invocation = _Invocation(
            request_id=f"request-{len(self.api.known) + 1}",
            payload=json.dumps(event).encode(),
            deadline_ms=int((time.time() + seconds) * 1000),
        )
        self.api.known[invocation.request_id] = invocation
        self.api.waiting.put(invocation)
        return invocation

    def kill(self) -> None:
        """End it as Lambda does: it is not told before."""
        self.process.kill()
        self.process.wait()

    @property
    def metrics(self) -> list[dict[str, Any]]:
        """Return what it has told in the embedded metric format, a line for each invocation."""
        told = [line for line in self._lines("stdout") if line.startswith("{")]
        return [told for told in map(json.loads, told) if "_aws" in told]

    def log(self) -> str:
        return "\n".join([*self._lines("stdout"), *self._lines("stderr")])

    def logged(self) -> list[dict[str, Any]]:
        """Return what it has logged, line by line."""
        return [json.loads(line) for line in self._lines("stderr")]

    def _lines(self, stream: str) -> list[str]:
        return (self.folder / stream).read_text().splitlines()


@contextmanager
def lambda_function(
    handler: str, settings: Mapping[str, str], folder: Path
) -> Iterator[LambdaFunction]:
    """Start a function, as soon as it has said that it is ready; its output goes to ``folder``.

    Raises ``FunctionFailed`` if it could not start.
    """
    api = _RuntimeApi()
    serving = Thread(target=api.serve_forever, args=(0.05,))
    serving.start()
    options, paths = _where_to_import()
    environment = {
        **{name: os.environ[name] for name in os.environ if name not in _NOT_THEIRS},
        "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{api.server_port}",
        "AWS_LAMBDA_FUNCTION_NAME": handler,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
        "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/mentorbooking",
        "AWS_LAMBDA_LOG_STREAM_NAME": "test",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "LAMBDA_TASK_ROOT": str(folder),
        **paths,
        **settings,
    }
    folder.mkdir(parents=True, exist_ok=True)
    started = time.perf_counter()
    with (folder / "stdout").open("wb") as stdout, (folder / "stderr").open("wb") as stderr:
        process = subprocess.Popen(
            [sys.executable, *options, "-m", "awslambdaric", handler],
            cwd=folder,
            env=environment,
            stdout=stdout,
            stderr=stderr,
        )
    try:
        if not api.ready.wait(PATIENCE):
            pytest.fail(f"{handler} did not start")
        init_seconds = time.perf_counter() - started
        if api.init_error is not None:
            raise FunctionFailed(api.init_error.decode())
        yield LambdaFunction(process, init_seconds, folder, api)
    finally:
        process.kill()
        process.wait()
        api.shutdown()
        api.server_close()
        serving.join()


@cache
def _where_to_import() -> tuple[Sequence[str], Mapping[str, str]]:
    """Return options and variables for Python, by which a function finds its modules."""
    package = os.environ.get(PACKAGE)
    if package is None:
        return (), {}
    task, runtime = Path(tempfile.mkdtemp()), Path(tempfile.mkdtemp())
    for folder in (task, runtime):
        atexit.register(shutil.rmtree, folder)
    with ZipFile(package) as archive:
        archive.extractall(task)
    for name in _CLIENT:
        found = find_spec(name)
        assert found is not None
        assert found.origin is not None
        origin = Path(found.origin)
        origin = origin.parent if found.submodule_search_locations else origin
        (runtime / origin.name).symlink_to(origin)
    return ("-S",), {"PYTHONPATH": f"{task}{os.pathsep}{runtime}"}
