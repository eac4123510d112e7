"""One run of mutmut, in a folder of its own that shows it the project and its settings.

mutmut copies what it sees there and writes all mutants of a function beside it, so that a process
forked for each mutant need only choose. Mutants that the type checker refuses are not run at all.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path, PurePath
from typing import Final

from tools.mutation.areas import PACKAGE, Area

ROOT: Final = Path(__file__).resolve().parent.parent.parent
WORKSPACES: Final = ROOT / ".mutation"

_SHOWN: Final = ("src", "tests", "docs", "tools")
_STAGES: Final = (
    "Generating mutants",
    "Filtering mutations with type checker",
    "Running stats",
    "Running clean tests",
)
_DONE = re.compile(r"(\d+)/(\d+) .* 🙁 (\d+)")
_SECONDS_BETWEEN_NEWS: Final = 15
_LAST_LINES: Final = 40


class NotRun(Exception):
    """Mutmut could not do it: say, a test fails without any mutant."""


def run(
    area: Area, paths: Sequence[PurePath], *, jobs: int | None, tell: Callable[[str], None]
) -> Path:
    """Mutate these paths of an area, anew; return the folder that holds what became of it."""
    workspace = _fresh_workspace(area, paths)
    tools = Path(sys.executable).parent
    command = [str(tools / "mutmut"), "run"]
    if jobs:
        command.append(f"--max-children={jobs}")
    mutmut = subprocess.Popen(
        command,
        cwd=workspace,
        env={
            **{name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
            "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
            "MYPYPATH": "src",
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,  # a carriage return ends a line, too
    )
    try:
        log = _follow(mutmut, area, tell)
    except BaseException:
        mutmut.terminate()
        raise
    finally:
        code = mutmut.wait()
    if code:
        raise NotRun("\n".join(log))
    return workspace


def _fresh_workspace(area: Area, paths: Sequence[PurePath]) -> Path:
    workspace = WORKSPACES / area.name
    shutil.rmtree(workspace, ignore_errors=True)
    workspace.mkdir(parents=True)
    for name in _SHOWN:
        (workspace / name).symlink_to(ROOT / name)
    (workspace / "pyproject.toml").write_text(
        f"{(ROOT / 'pyproject.toml').read_text()}\n{_settings(area, paths)}"
    )
    return workspace


def _settings(area: Area, paths: Sequence[PurePath]) -> str:
    package = ".".join((*PACKAGE.parts[1:], area.name))
    settings = {
        "source_paths": [str(PACKAGE)],
        "only_mutate": [path if path.endswith(".py") else f"{path}/*" for path in map(str, paths)],
        "also_copy": ["docs", "tools"],
        "pytest_add_cli_args_test_selection": area.tests,
        "pytest_add_cli_args": [
            *("-p", "tools.mutation.forgetting"),
            "-k=not sqs and not dynamodb",  # a server for each mutant would take seconds
            "--hypothesis-profile=ci",  # the same examples for each mutant, however long they take
            *(f"--deselect={test}" for test in area.left_out),
        ],
        # The project's settings of mypy are left aside: what mutmut adds does not follow them.
        "type_check_command": [
            *("mypy", "--config-file=", "--strict", "--no-warn-unused-ignores"),
            *("--explicit-package-bases", "--output", "json", "-p", package),
        ],
    }
    lines = [f"{name} = {json.dumps(value)}" for name, value in settings.items()]
    return "\n".join(["[tool.mutmut]", *lines, ""])


def _follow(mutmut: subprocess.Popen[str], area: Area, tell: Callable[[str], None]) -> list[str]:
    """Tell now and then how far it is; return the last lines that it said."""
    assert mutmut.stdout
    log: deque[str] = deque(maxlen=_LAST_LINES)
    told, stage = 0.0, ""
    for line in mutmut.stdout:
        said = line.strip().lstrip("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏ ")
        if not said or said == stage:
            continue
        log.append(said)
        done = _DONE.match(said)
        if said in _STAGES:
            stage = said
            tell(f"{area.name}: {said}")
        elif done and (done[1] == done[2] or time.monotonic() - told > _SECONDS_BETWEEN_NEWS):
            tell(f"{area.name}: {done[1]} of {done[2]} mutants, {done[3]} survived")
            told = time.monotonic()
    return list(log)
