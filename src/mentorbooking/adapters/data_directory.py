"""The folder that holds everything on one machine, and the lock that lets one service have it."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path
from types import TracebackType
from typing import Self

PATIENCE = 3
PAUSE_SECONDS = 0.05


class DataDirectoryUnusable(Exception):
    """The folder can't be used; the text says why and is meant for a person."""


class DataDirectory:
    """Where each file is. Other programs may write beside the service, so reading needs no lock."""

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()

    @property
    def events(self) -> Path:
        return self.root / "events.db"

    @property
    def work(self) -> Path:
        return self.root / "work.db"

    @property
    def views(self) -> Path:
        return self.root / "views.db"

    @property
    def objects(self) -> Path:
        return self.root / "objects"

    @property
    def mail(self) -> Path:
        return self.root / "mail"

    @property
    def secret_key(self) -> Path:
        return self.root / "secret.key"

    @property
    def _lock(self) -> Path:
        return self.root / "serve.lock"

    def prepare(self) -> None:
        """Make the folder, readable by its owner only, and see that it can be written."""
        try:
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            probe = self.root / f".writable-{os.getpid()}"
            probe.touch()
            probe.unlink()
        except (FileExistsError, NotADirectoryError) as error:
            raise DataDirectoryUnusable(f"{self.root} is not a folder") from error
        except OSError as error:
            raise DataDirectoryUnusable(
                f"the data directory {self.root} can't be written: {error.strerror}"
            ) from error

    def is_served(self) -> bool:
        """Tell whether a service holds the lock at this moment."""
        try:
            with ServingLock(self._lock):
                return False
        except DataDirectoryUnusable:
            return True

    def serving(self) -> ServingLock:
        """Return the lock that a service holds while it runs."""
        return ServingLock(self._lock)


def _locked(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


class ServingLock:
    """Held until the process ends, however it ends: the kernel lets go of it.

    Who only looks whether it is held holds it for an instant, hence some patience.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None

    def __enter__(self) -> Self:
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        for _ in range(PATIENCE):
            if _locked(file):
                self._file = file
                return self
            time.sleep(PAUSE_SECONDS)
        os.close(file)
        raise DataDirectoryUnusable(
            f"another mentorbooking service is running on {self._path.parent}"
        )

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None
