"""Asking for an import, and looking at what has become of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from mentorbooking.adapters.object_storage.files import FileObjectStorage
from mentorbooking.application.answers.failure import Failure
from mentorbooking.application.answers.mentor_import import ImportedFile, MentorImportAnswer
from mentorbooking.application.files.storage_keys import import_of
from mentorbooking.application.mentor_import.refusals import EmptyFile
from mentorbooking.application.use_cases.imports.get_import import GetImport, GetImportHandler
from mentorbooking.application.use_cases.imports.request_import import (
    RequestImport,
    RequestImportHandler,
)
from mentorbooking.domain.mentor_import.events import (
    FileWarning,
    ImportCounts,
    MentorImportFailed,
    MentorImportRequested,
    MentorImportStarted,
    MentorsImported,
)
from mentorbooking.domain.mentor_import.mentor_import import MentorImport
from tests.support.fixed import HOUR, NOW
from tests.support.people import ADMIN_USER, AN_ADMIN
from tests.support.use_cases import Asked, UseCases, id_to_come, use_cases

pytestmark = pytest.mark.anyio

IMPORT = id_to_come("import")
CONTENT = b"name,email\r\nAda,ada@people.example\r\n"
KEY = f"mentors-import/20260901T090000Z-{IMPORT}/mentors.csv"


@pytest.fixture
def story(tmp_path: Path) -> Iterator[UseCases]:
    with use_cases(tmp_path) as story:
        yield story


def look_at_import(
    story: UseCases, *, up_to_date: bool = True
) -> Asked[GetImport, MentorImportAnswer]:
    async def lists_hold_it() -> bool:
        return up_to_date

    return story.when(GetImportHandler(story.aggregates, lists_hold_it), GetImport(IMPORT))


def uploaded(*, dry_run: bool = False) -> MentorImportRequested:
    return MentorImportRequested(
        at=NOW,
        object_key=KEY,
        file_name="my mentors.csv",
        sha256=sha256(CONTENT).hexdigest(),
        size_bytes=len(CONTENT),
        dry_run=dry_run,
        requested_by=ADMIN_USER,
    )


def told(status: str, **wishes: Any) -> MentorImportAnswer:
    known = {
        "id": IMPORT,
        "status": status,
        "dry_run": False,
        "total": 0,
        "created": 0,
        "updated": 0,
        "unchanged": 0,
        "failed": 0,
        "warnings": (),
        "file": ImportedFile("my mentors.csv", sha256(CONTENT).hexdigest(), len(CONTENT)),
        "requested_at": NOW,
        "started_at": None,
        "finished_at": None,
        "version": 1,
    }
    return MentorImportAnswer(**{**known, **wishes})


@pytest.mark.parametrize("dry_run", [False, True])
async def test_a_file_is_kept_before_its_import_is_asked_for(
    story: UseCases, tmp_path: Path, dry_run: bool
) -> None:
    storage = FileObjectStorage(tmp_path / "objects")
    handle = RequestImportHandler(story.aggregates, storage, story.clock, story.ids)
    command = RequestImport(
        caller=AN_ADMIN,
        file_name="my mentors.csv",
        content=lambda: (CONTENT[:9], CONTENT[9:]),
        dry_run=dry_run,
    )

    answer = await story.when(handle, command).then(
        (MentorImport(id=IMPORT), uploaded(dry_run=dry_run))
    )

    assert b"".join([piece async for piece in storage.read(KEY)]) == CONTENT
    assert answer == told("queued", dry_run=dry_run)
    assert import_of(KEY) == IMPORT


async def test_a_file_that_is_refused_is_not_kept(story: UseCases, tmp_path: Path) -> None:
    storage = FileObjectStorage(tmp_path / "objects")
    handle = RequestImportHandler(story.aggregates, storage, story.clock, story.ids)
    command = RequestImport(caller=AN_ADMIN, file_name="x.csv", content=lambda: (b"name\r\n",))

    await story.when(handle, command).then_refused(EmptyFile.code)

    assert not (tmp_path / "objects").exists()


async def given_an_import(story: UseCases) -> None:
    """Let one have ended an hour after it was asked for."""
    await story.given(
        MentorImport(id=IMPORT),
        uploaded(),
        MentorImportStarted(at=NOW + timedelta(minutes=1)),
        MentorsImported(
            at=NOW + HOUR,
            counts=ImportCounts(total=10, created=1, updated=2, unchanged=3, failed=4),
            dry_run=False,
            requested_by=ADMIN_USER,
            warnings=(FileWarning("odd", "Odd."),),
        ),
    )


ENDED = {
    "total": 10,
    "created": 1,
    "updated": 2,
    "unchanged": 3,
    "failed": 4,
    "warnings": (FileWarning("odd", "Odd."),),
    "started_at": NOW + timedelta(minutes=1),
    "version": 3,
}


async def test_an_import_that_has_ended_tells_what_became_of_the_rows(story: UseCases) -> None:
    await given_an_import(story)

    answer = await look_at_import(story).then(kept=False)

    assert answer == told("completed_with_errors", finished_at=NOW + HOUR, **ENDED)


async def test_it_has_not_ended_for_its_reader_while_the_lists_are_behind(
    story: UseCases,
) -> None:
    await given_an_import(story)

    answer = await look_at_import(story, up_to_date=False).then(kept=False)

    assert answer == told("running", **ENDED)


async def test_a_running_import_waits_for_no_list(story: UseCases) -> None:
    await story.given(MentorImport(id=IMPORT), uploaded())

    assert await look_at_import(story, up_to_date=False).then(kept=False) == told("queued")


async def test_an_import_that_failed_says_why(story: UseCases) -> None:
    failed = MentorImportFailed(
        at=NOW, code="missing-column", detail="No email.", dry_run=False, requested_by=ADMIN_USER
    )
    await story.given(MentorImport(id=IMPORT), uploaded(), failed)

    answer = await look_at_import(story).then(kept=False)

    assert answer == told(
        "failed", error=Failure("missing-column", "No email."), finished_at=NOW, version=2
    )


async def test_an_unknown_import_is_not_found(story: UseCases) -> None:
    refused = await look_at_import(story).then_refused("not-found")

    assert refused.detail == "There is no such import."


@pytest.mark.parametrize(
    "key",
    [
        "",
        KEY.replace("mentors-import", "booking-exports"),
        KEY.replace("Z-", "-"),
        f"{KEY}.bak",
        KEY.replace("import_", "export_"),
    ],
)
def test_no_other_object_is_an_uploaded_file(key: str) -> None:
    assert import_of(key) is None
