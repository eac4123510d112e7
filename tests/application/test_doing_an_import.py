"""An import is done row by row, counted, and reported with what became of each row."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import TypeVar, cast

import pytest

from mentorbooking.adapters.object_storage.files import FileObjectStorage
from mentorbooking.application.context import CommandContext, current_context, enter_context
from mentorbooking.application.jobs.order import JobOrder
from mentorbooking.application.mentor_import.reporting import ImportReport
from mentorbooking.application.mentor_import.worker import (
    SIDE_BY_SIDE,
    TOGETHER,
    MentorImportWorker,
)
from mentorbooking.application.ports.aggregate_store import AggregateStore
from mentorbooking.application.ports.job_queue import Job, JobState
from mentorbooking.application.use_cases.imports.take_in_rows import TakeInRows
from mentorbooking.domain.kernel.aggregate import AggregateRoot
from mentorbooking.domain.kernel.errors import NotFound
from mentorbooking.domain.mentor_import.events import ImportCounts, RowOutcome
from mentorbooking.domain.mentor_import.mentor_import import MentorImport
from mentorbooking.domain.mentor_import.row import MentorImportRow
from tests.support.event_stores import EventStores, Stores, event_stores
from tests.support.fixed import MENTOR, NOW, USER

pytestmark = pytest.mark.anyio

A = TypeVar("A", bound=AggregateRoot)

IMPORT = "import_01k40000000000000000000001"
CONTEXT = CommandContext(actor="system", channel="job", correlation_id="r1", causation_id="e1")
KEY = "mentors-import/1.csv"
ROWS = 130
CYCLE = (
    *(RowOutcome.CREATED, RowOutcome.UPDATED, RowOutcome.UPDATED, RowOutcome.UNCHANGED),
    *(RowOutcome.FAILED,) * 4,
)


def outcome_of(line: int) -> RowOutcome:
    return CYCLE[(line - 2) % len(CYCLE)]


class TakingIn:
    """Gives each row its outcome, and notes how many come at once."""

    def __init__(self, process: Stores) -> None:
        self.aggregates = process.aggregates
        self.sizes: list[int] = []
        self.under_way = self.most_under_way = 0
        self.contexts: list[CommandContext] = []

    async def __call__(self, command: TakeInRows) -> Sequence[RowOutcome]:
        self.sizes.append(len(command.rows))
        self.contexts.append(current_context())
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        await asyncio.sleep(0)
        for row in command.rows:
            of_row = MentorImportRow(id=MentorImportRow.id_of(command.import_.id, row.line))
            decision = of_row.record(outcome_of(row.line), mentor_id=MENTOR, now=NOW)
            await self.aggregates.save(decision)
        self.under_way -= 1
        return [outcome_of(row.line) for row in command.rows]


@pytest.fixture(params=["sqlite"])
async def stores(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[EventStores]:
    enter_context(CONTEXT)
    async with event_stores(request, tmp_path) as stores:
        yield stores


@pytest.fixture
async def process(stores: EventStores) -> Stores:
    return await stores.start()


@pytest.fixture
def storage(tmp_path: Path) -> FileObjectStorage:
    return FileObjectStorage(tmp_path / "objects")


@pytest.fixture
async def requested(process: Stores, storage: FileObjectStorage) -> MentorImport:
    """An import of 130 mentors, asked for."""

    async def content() -> AsyncIterator[bytes]:
        yield b"email,name,skills\n"
        yield b"".join(b"m%d@example.org,M,Go\n" % n for n in range(ROWS))

    kept = await storage.put(KEY, content())
    decision = MentorImport.request(
        IMPORT,
        object_key=KEY,
        file_name="1.csv",
        sha256=kept.sha256,
        size_bytes=kept.size,
        dry_run=False,
        requested_by=USER,
        now=NOW,
    )
    await process.aggregates.save(decision)
    return decision.outcome()


def job() -> Job:
    return Job(
        id=1,
        queue="imports",
        key="k",
        payload=JobOrder(IMPORT, "e1", "r1").payload(),
        state=JobState.RUNNING,
        attempts=1,
        claim=1,
        enqueued_at=NOW,
    )


@pytest.fixture
def taking_in(process: Stores) -> TakingIn:
    return TakingIn(process)


@pytest.fixture
def progress() -> list[tuple[int, int]]:
    return []


@pytest.fixture
def worker(
    stores: EventStores,
    process: Stores,
    storage: FileObjectStorage,
    taking_in: TakingIn,
    progress: list[tuple[int, int]],
) -> MentorImportWorker:
    def tell(done: int, total: int) -> None:
        progress.append((done, total))

    return MentorImportWorker(process.aggregates, storage, taking_in, stores.clock, tell)


async def test_every_row_is_counted_by_its_outcome(
    requested: MentorImport,
    worker: MentorImportWorker,
    process: Stores,
    progress: list[tuple[int, int]],
) -> None:
    await worker.run(job())

    done = await process.aggregates.get(MentorImport, IMPORT)
    assert done.counts == ImportCounts(ROWS, created=17, updated=33, unchanged=16, failed=64)
    assert done.status == "completed_with_errors"
    assert progress[-1] == (ROWS, ROWS)
    assert progress == sorted(progress)


async def test_a_handful_of_rows_is_taken_in_at_once(
    requested: MentorImport, worker: MentorImportWorker, taking_in: TakingIn
) -> None:
    await worker.run(job())

    assert sum(taking_in.sizes) == ROWS
    assert max(taking_in.sizes) == TOGETHER
    assert taking_in.most_under_way == SIDE_BY_SIDE


async def test_the_import_acts_because_of_the_event_that_asked_for_it(
    requested: MentorImport, worker: MentorImportWorker, taking_in: TakingIn
) -> None:
    await worker.run(job())

    assert {
        (each.actor, each.channel, each.correlation_id, each.causation_id)
        for each in taking_in.contexts
    } == {(f"import:{IMPORT}", "job", "r1", "e1")}


async def test_a_finished_import_is_not_done_again(
    requested: MentorImport, worker: MentorImportWorker, process: Stores, taking_in: TakingIn
) -> None:
    await worker.run(job())
    head, commands = await process.log.head(), len(taking_in.sizes)

    await worker.run(job())

    assert (await process.log.head(), len(taking_in.sizes)) == (head, commands)


async def test_what_fails_again_and_again_is_given_up(
    requested: MentorImport, worker: MentorImportWorker, process: Stores
) -> None:
    await worker.give_up(job(), RuntimeError("no words of this are kept"))

    failed = await process.aggregates.get(MentorImport, IMPORT)
    assert (failed.status, failed.error_code) == ("failed", "internal-error")
    assert failed.error_detail is not None
    assert "(RuntimeError)" in failed.error_detail
    (last,) = (await process.log.read(0, 99))[-1:]
    assert (last.metadata.correlation_id, last.metadata.causation_id) == ("r1", "e1")


async def test_the_report_has_the_verdict_of_each_row(
    requested: MentorImport,
    worker: MentorImportWorker,
    process: Stores,
    storage: FileObjectStorage,
) -> None:
    report = ImportReport(process.aggregates, storage)
    await report.require_upload(requested)
    before = b"".join([block async for block in report.lines(requested)]).decode()
    assert before.splitlines()[1] == "m0@example.org,M,Go,2,,,"

    await worker.run(job())

    header, *rows = b"".join([b async for b in report.lines(requested)]).decode().splitlines()
    assert header == "email,name,skills,line,status,errors,mentor_id"
    assert rows == [
        f"m{n}@example.org,M,Go,{n + 2},{outcome_of(n + 2)},,{MENTOR}" for n in range(ROWS)
    ]


class Asked:
    """A store that notes which aggregates are asked for."""

    def __init__(self, aggregates: AggregateStore) -> None:
        self.aggregates = aggregates
        self.ids: list[str] = []

    async def find_all(self, kind: type[A], ids: Sequence[str]) -> Sequence[A]:
        self.ids += ids
        return await self.aggregates.find_all(kind, ids)


async def test_the_report_asks_for_each_row_once(
    requested: MentorImport, process: Stores, storage: FileObjectStorage
) -> None:
    asked = Asked(process.aggregates)
    async for _ in ImportReport(cast("AggregateStore", asked), storage).lines(requested):
        pass
    assert asked.ids == [f"{IMPORT}:{line}" for line in range(2, ROWS + 2)]


async def test_without_the_file_there_is_no_report(
    requested: MentorImport, process: Stores, storage: FileObjectStorage
) -> None:
    await storage.delete(KEY)
    with pytest.raises(NotFound):
        await ImportReport(process.aggregates, storage).require_upload(requested)
