"""`./mb lambda-package`: one archive for all functions, and what Lambda has to be told of it."""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from hashlib import sha256
from pathlib import Path

from tools.lambda_package.archive import TooLarge, megabytes, pack
from tools.lambda_package.contents import fill
from tools.lambda_package.functions import FUNCTIONS
from tools.lambda_package.platform import MACHINES, this_python, wheels_for

NAME = "mentorbooking-lambda.zip"
LARGEST = 150_000_000
"""Bytes, unpacked: well below the 250 MB that Lambda takes, as every cold start fetches them."""


def main() -> int:
    """Build the archive; 1 if it can't be built or is too large."""
    given = _arguments()
    python, archive = this_python(), given.out / NAME
    with tempfile.TemporaryDirectory(prefix="mentorbooking-lambda-") as name:
        try:
            fill(Path(name), python=python, platforms=wheels_for(python, given.arch))
            size = pack(Path(name), archive, largest=LARGEST)
        except subprocess.CalledProcessError as failed:
            _tell(f"{failed.cmd[2]} failed; packages come from an index, as for ./mb itself")
            return 1
        except (TooLarge, OSError) as failed:
            _tell(str(failed))
            return 1
    content = archive.read_bytes()
    print(f"{archive}: {megabytes(len(content))}, unpacked {megabytes(size)}")
    print(f"sha256 {sha256(content).hexdigest()}")
    print(f"runtime python{python}, architecture {given.arch}\n")
    print(f"{'function':<14} {'handler':<57} {'time-out':>8}  woken by")
    for each in FUNCTIONS:
        print(f"{each.name:<14} {each.handler:<57} {each.seconds:>6} s  {each.woken_by}")
    return 0


def _tell(line: str) -> None:
    print(f"lambda-package: {line}", file=sys.stderr, flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="./mb lambda-package",
        description="Build one zip archive that all functions of AWS Lambda share, for the version"
        " of Python that ./mb runs with. The same sources make the same bytes.",
    )
    parser.add_argument(
        "--out", type=Path, default=Path("dist"), metavar="DIR", help="default: %(default)s"
    )
    parser.add_argument(
        "--arch", choices=sorted(MACHINES), default="x86_64", help="default: %(default)s"
    )
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
