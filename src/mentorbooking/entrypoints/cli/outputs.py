"""Files that the program writes: whole or not at all."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from mentorbooking.entrypoints.cli.exit_codes import ExitCode
from mentorbooking.entrypoints.cli.failures import Failure

STANDARD_OUTPUT = Path("-")


@contextmanager
def written_whole(path: Path) -> Iterator[BinaryIO]:
    """Open a file to write; it takes its name once the body has ended well.

    ``-`` is standard output. Devices and pipes are written as they are: to rename something to
    ``/dev/null`` would put it in its place.
    """
    if path == STANDARD_OUTPUT:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    target = path.resolve()
    if target.is_dir():
        raise Failure(f"{path} is a folder", ExitCode.USAGE)
    try:
        with _opened(target) as file:
            yield file
    except OSError as error:
        raise Failure(f"{path} can't be written: {error.strerror}", ExitCode.UNUSABLE) from error


@contextmanager
def _opened(target: Path) -> Iterator[BinaryIO]:
    if target.exists() and not target.is_file():
        with target.open("wb") as file:
            yield file
        return
    unfinished = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with unfinished.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)
