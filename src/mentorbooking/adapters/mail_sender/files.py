"""Mail as ``.eml`` files in a folder: what a machine without a mail server does.

A file is named by its message and put there by renaming, so a crash leaves either the whole
file or none, and a repeat replaces the file by itself.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Final

from mentorbooking.adapters.mail_sender.mime import Letterhead, mime_bytes
from mentorbooking.application.ports.mail_sender import MailSender, MailUnavailable, OutgoingMail

_THREADS: Final = 8
"""Those who wait for the disk at the same time share one commit of the file system."""


class FileMailSender(MailSender):
    """Writes ``FOLDER/{message_id}.eml``, readable by the owner only. Makes the folder."""

    at_once = 50

    def __init__(self, folder: Path, letterhead: Letterhead) -> None:
        self._folder = folder
        self._letterhead = letterhead

    async def send(self, mail: OutgoingMail) -> None:
        (error,) = await self.send_all([mail])
        if error:
            raise error

    async def send_all(self, mails: Sequence[OutgoingMail]) -> Sequence[Exception | None]:
        return await asyncio.to_thread(self.write, mails)

    async def close(self) -> None:
        """Nothing is held open."""

    def write(self, mails: Sequence[OutgoingMail]) -> Sequence[Exception | None]:
        """Write a file of each mail; return of each why there is none, None where there is one."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with ThreadPoolExecutor(_THREADS) as threads:
                outcomes = list(threads.map(self._write, mails))
            _sync_folder(self._folder)
        except OSError as error:
            return [_unavailable(error)] * len(mails)
        return outcomes

    def _write(self, mail: OutgoingMail) -> Exception | None:
        unfinished = self._folder / f".{mail.message_id}.part"
        try:
            _write_durably(unfinished, mime_bytes(mail, self._letterhead))
            unfinished.replace(self._folder / f"{mail.message_id}.eml")
        except OSError as error:
            with suppress(OSError):
                unfinished.unlink(missing_ok=True)
            return _unavailable(error)
        except Exception as error:  # noqa: BLE001  whatever it is stops this mail only
            return error
        return None


def _unavailable(error: OSError) -> MailUnavailable:
    return MailUnavailable(f"the file could not be written: {error.strerror}")


def _write_durably(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """Make renames last through a loss of power."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
