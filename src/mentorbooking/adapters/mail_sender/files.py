"""Mail as ``.eml`` files in a folder: what a machine without a mail server does.

A file is named by its message and put there by renaming, so a crash leaves either the whole
file or none, and a repeat replaces the file by itself.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from mentorbooking.adapters.mail_sender.mime import Letterhead, mime_bytes
from mentorbooking.application.ports.mail_sender import MailSender, MailUnavailable, OutgoingMail


class EmlFiles(MailSender):
    """Writes ``FOLDER/{message_id}.eml``, readable by the owner only. Makes the folder."""

    def __init__(self, folder: Path, letterhead: Letterhead) -> None:
        self._folder = folder
        self._letterhead = letterhead

    async def send(self, mail: OutgoingMail) -> None:
        self.write(mail)

    async def close(self) -> None:
        """Nothing is held open."""

    def write(self, mail: OutgoingMail) -> None:
        """Write one file; some milliseconds, most of them waiting for the disk."""
        content = mime_bytes(mail, self._letterhead)
        unfinished = self._folder / f".{mail.message_id}.part"
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write_durably(unfinished, content)
            unfinished.replace(self._folder / f"{mail.message_id}.eml")
            _sync_folder(self._folder)
        except OSError as error:
            with suppress(OSError):
                unfinished.unlink(missing_ok=True)
            raise MailUnavailable(f"the file could not be written: {error.strerror}") from error


def _write_durably(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """Make a rename last through a loss of power."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
