"""What the package holds: wheels of the locked requirements, the service, and their bytecode.

pip is what can be told of every platform that a runtime loads wheels of. Bytecode is made here,
as a function can't keep what it compiles and would do so at every start.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tools.lambda_package.requirements import of_the_functions

ROOT: Final = Path(__file__).parents[2]
IN_LAMBDA: Final = "/var/task"
SERVICES: Final = frozenset({"dynamodb", "s3", "sesv2", "sns", "sqs", "sts"})
"""Of the hundreds that botocore describes, the ones that are used; it looks through all."""


def fill(folder: Path, *, python: str, platforms: Sequence[str]) -> None:
    """Put everything into an empty folder. Raises ``CalledProcessError``; pip says why."""
    _install(folder, python, platforms)
    _leave_out(folder)
    shutil.copytree(
        ROOT / "src" / "mentorbooking",
        folder / "mentorbooking",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    _compile(folder)


def _leave_out(folder: Path) -> None:
    """Remove programs and lists of files, which tell where this machine's Python is, and what
    botocore knows of services that nobody here uses.
    """
    shutil.rmtree(folder / "bin", ignore_errors=True)
    for record in folder.glob("*.dist-info/RECORD"):
        record.unlink()
    for service in (folder / "botocore" / "data").iterdir():
        if service.is_dir() and service.name not in SERVICES:
            shutil.rmtree(service)


def _install(folder: Path, python: str, platforms: Sequence[str]) -> None:
    with tempfile.TemporaryDirectory() as name:
        lock = Path(name, "requirements.lock")
        lock.write_text(of_the_functions((ROOT / "requirements.lock").read_text()))
        subprocess.run(
            [
                *(sys.executable, "-m", "pip", "install", "-qq", "--disable-pip-version-check"),
                *("--require-hashes", "--no-deps", "--only-binary", ":all:", "--no-compile"),
                *("--implementation", "cp", "--python-version", python),
                *(word for platform in platforms for word in ("--platform", platform)),
                *("--target", str(folder), "-r", str(lock)),
            ],
            check=True,
        )


def _compile(folder: Path) -> None:
    """Compile all, for the place where Lambda puts it, and the same whenever it is repeated.

    Files keep no time of their own in the archive, so bytecode must not be compared with them.
    """
    subprocess.run(
        [
            *(sys.executable, "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash"),
            *("-s", str(folder), "-p", IN_LAMBDA, str(folder)),
        ],
        env=os.environ | {"PYTHONHASHSEED": "0"},
        check=True,
    )
