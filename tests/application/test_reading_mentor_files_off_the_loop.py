"""A file of mentors may hold anything: nobody else waits while it is read."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from pathlib import Path

import pytest

from mentorbooking.adapters.object_storage.files import FileObjectStorage
from mentorbooking.application.context import CommandContext, enter_context
from mentorbooking.application.mentor_import import mentor_file
from mentorbooking.application.mentor_import.reading import Record, read_records
from mentorbooking.application.mentor_import.reporting import ImportReport
from mentorbooking.application.mentor_import.worker import MentorImportWorker
from mentorbooking.application.use_cases.imports.take_in_rows import TakeInRows
from mentorbooking.domain.mentor_import.events import RowOutcome
from mentorbooking.domain.mentor_import.mentor_import import MentorImport
from tests.support.event_stores import EventStores, event_stores
from tests.support.fixed import NOW, USER

pytestmark = pytest.mark.anyio

IMPORT = "import_01k40000000000000000000001"
CONTENT = b"email,name,skills,bio\n" + b"".join(b"m%d@example.org,M,Go,\n" % n for n in range(100))
CONTEXT = CommandContext(actor="system", channel="job", correlation_id="r1")


@pytest.fixture(params=["sqlite"])
async def stores(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[EventStores]:
    async with event_stores(request, tmp_path) as stores:
        yield stores


@pytest.fixture
def reading_threads(monkeypatch: pytest.MonkeyPatch) -> set[int]:
    """Gather the threads that ask for a record."""
    threads: set[int] = set()

    def noted(lines: Iterable[str], delimiter: str) -> Iterator[Record]:
        for record in read_records(lines, delimiter):
            threads.add(threading.get_ident())
            yield record

    monkeypatch.setattr(mentor_file, "read_records", noted)
    return threads


async def test_an_import_and_its_report(
    stores: EventStores, tmp_path: Path, reading_threads: set[int]
) -> None:
    async def content() -> AsyncIterator[bytes]:
        yield CONTENT

    async def take_in_rows(command: TakeInRows) -> Sequence[RowOutcome]:
        return [RowOutcome.CREATED] * len(command.rows)

    enter_context(CONTEXT)
    aggregates = (await stores.start()).aggregates
    storage = FileObjectStorage(tmp_path / "objects")
    kept = await storage.put("mentors-import/1.csv", content())
    await aggregates.save(
        MentorImport.request(
            IMPORT,
            object_key="mentors-import/1.csv",
            file_name="1.csv",
            sha256=kept.sha256,
            size_bytes=kept.size,
            dry_run=False,
            requested_by=USER,
            now=NOW,
        )
    )

    await MentorImportWorker(aggregates, storage, take_in_rows, stores.clock).do(IMPORT, CONTEXT)

    done = await aggregates.get(MentorImport, IMPORT)
    assert (done.status, done.counts.created) == ("completed", 100)
    report = [block async for block in ImportReport(aggregates, storage).lines(done)]
    assert b"".join(report).count(b"\r\n") == 101
    assert reading_threads
    assert threading.get_ident() not in reading_threads
