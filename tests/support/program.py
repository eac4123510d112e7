"""The command line program: called within the test's process, or as a process of its own."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from mentorbooking.entrypoints.cli.main import program
from tests.support.patience import PATIENCE

SOURCE = Path(__file__).parents[2] / "src"
COMMAND = (sys.executable, "-P", "-m", "mentorbooking.entrypoints.cli.main")
PASSWORD = "correct horse battery"
ADMIN = "ada@example.org"


@dataclass
class Called:
    """How a call ended."""

    code: int
    out: str
    err: str
    out_bytes: bytes = b""

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def error(self) -> str:
        """What was said, which has to be a single line."""
        assert self.err.count("\n") == 1, self.err
        return self.err.removesuffix("\n")


@dataclass
class Program:
    """The program on one data directory; it stands in ``folder``."""

    folder: Path
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def __call__(self, *words: object, typed: str = "") -> Called:
        """Call it within this process: quick, and a fault of the program fails the test."""
        result: Result = CliRunner().invoke(
            program, [str(word) for word in words], input=typed, env=dict(self.settings)
        )
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Called(result.exit_code, result.stdout, result.stderr, result.stdout_bytes)

    def in_a_process(
        self, *words: object, typed: str = "", before: Callable[[], None] | None = None
    ) -> Called:
        """Call it as a process; ``before`` runs in there first."""
        done = subprocess.run(
            [*COMMAND, *map(str, words)],
            cwd=self.folder,
            env=environment(self.settings),
            input=typed,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
            preexec_fn=before,
        )
        return Called(done.returncode, done.stdout, done.stderr)

    def on_a_terminal(
        self, *words: object, answers: Sequence[tuple[str, str]] = ()
    ) -> tuple[int, str]:
        """Call it on a terminal, and answer its prompts; return its code and what was shown."""
        ours, theirs = pty.openpty()
        with subprocess.Popen(
            [*COMMAND, *map(str, words)],
            cwd=self.folder,
            env=environment(self.settings),
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        ) as process:
            os.close(theirs)
            shown = b""
            for prompt, answer in answers:
                while not shown.endswith(prompt.encode()):
                    shown += os.read(ours, 1024)
                os.write(ours, f"{answer}\n".encode())
            with suppress(OSError):  # so Linux tells the end of a terminal
                while more := os.read(ours, 1024):
                    shown += more
            code = process.wait(PATIENCE)
        os.close(ours)
        return code, shown.decode()

    def make_admin(self, email: str = ADMIN) -> dict[str, Any]:
        """Make an account that can do everything; return it."""
        words = ("--role", "admin", "--email", email, "--name", "Ada Admin")
        made = self("users", "create", *words, "--password-stdin", "--json", typed=f"{PASSWORD}\n")
        assert made.code == 0, made.err
        account: dict[str, Any] = made.json
        return account


def environment(settings: dict[str, str]) -> dict[str, str]:
    """Return this process's environment with these settings of the program, and no others."""
    kept = {name: value for name, value in os.environ.items() if "MENTORBOOKING_" not in name}
    return {**kept, "PYTHONPATH": str(SOURCE), **settings}
