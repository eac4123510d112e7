"""Mail in a folder: private, whole or not there, and named by its message only."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from mentorbooking.adapters.mail_sender.files import FileMailSender
from mentorbooking.adapters.mail_sender.mime import Letterhead
from mentorbooking.application.notifications.facts import Mailbox
from mentorbooking.application.ports.mail_sender import MailUnavailable
from tests.support.mail_facts import plain_mail

LETTERHEAD = Letterhead(Mailbox("Mentor Booking", "no-reply@booking.example"), "booking.example")

MAIL = plain_mail()


def test_the_folder_and_its_files_are_for_the_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "mail"
    FileMailSender(folder, LETTERHEAD).write([MAIL])

    (file,) = folder.iterdir()
    assert file.name == "message_01h455vb4pex5vsknk084sn02q.eml"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_what_a_crash_left_half_written_is_made_whole_by_the_repeat(tmp_path: Path) -> None:
    sender = FileMailSender(tmp_path, LETTERHEAD)
    sender.write([MAIL])
    (whole,) = tmp_path.iterdir()
    content = whole.read_bytes()
    whole.rename(tmp_path / f".{MAIL.message_id}.part")
    (tmp_path / f".{MAIL.message_id}.part").write_bytes(content * 2)

    sender.write([MAIL])

    (file,) = tmp_path.iterdir()
    assert file.name == f"{MAIL.message_id}.eml"
    assert file.read_bytes() == content


def test_the_same_mail_gives_the_same_bytes(tmp_path: Path) -> None:
    FileMailSender(tmp_path / "one", LETTERHEAD).write([MAIL])
    FileMailSender(tmp_path / "two", LETTERHEAD).write([MAIL])

    (one,), (two,) = (tmp_path / "one").iterdir(), (tmp_path / "two").iterdir()
    assert one.read_bytes() == two.read_bytes()


def test_a_folder_that_can_not_be_made_is_tried_again_later(tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("not a folder")

    (error,) = FileMailSender(tmp_path / "mail", LETTERHEAD).write([MAIL])

    assert isinstance(error, MailUnavailable)
    assert "File exists" in str(error)


def test_a_file_that_can_not_be_put_in_place_leaves_nothing_behind(tmp_path: Path) -> None:
    in_the_way = tmp_path / f"{MAIL.message_id}.eml"
    in_the_way.mkdir()

    (error,) = FileMailSender(tmp_path, LETTERHEAD).write([MAIL])

    assert isinstance(error, MailUnavailable)
    assert "directory" in str(error)
    assert list(tmp_path.iterdir()) == [in_the_way]


def test_nothing_counts_as_written_that_a_loss_of_power_could_undo(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last to be synced is the folder, where all the names are."""
    synced: list[bool] = []
    sync = os.fsync

    def noted(descriptor: int) -> None:
        synced.append(stat.S_ISDIR(os.fstat(descriptor).st_mode))
        sync(descriptor)
        if synced[-1]:
            raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fsync", noted)
    errors = FileMailSender(tmp_path, LETTERHEAD).write(
        [plain_mail(f"message_{n}") for n in range(20)]
    )

    assert synced == [False] * 20 + [True]
    assert [type(error) for error in errors] == [MailUnavailable] * 20
