"""What every list of an import's rows promises: events in, rows out."""

from __future__ import annotations

import pytest

from mentorbooking.application.answers.mentor_import import ImportRowAnswer
from mentorbooking.application.read_models.mentor_import_rows import ImportRowsQuery
from mentorbooking.application.read_models.page import Keys
from mentorbooking.domain.mentor_import.events import ImportRowRecorded, RowOutcome, RowProblem
from tests.support.fixed import MENTOR, NOW
from tests.support.read_models import ReadModels, rows_of

pytestmark = pytest.mark.anyio

PROBLEM = RowProblem("email", "invalid-email", "This is not an e-mail address.")


def row(line: int, outcome: RowOutcome, import_id: str = "import_1") -> ImportRowRecorded:
    failed = outcome is RowOutcome.FAILED
    return ImportRowRecorded(
        at=NOW,
        import_id=import_id,
        line=line,
        outcome=outcome,
        mentor_id=None if failed else MENTOR,
        problems=(PROBLEM,) if failed else (),
    )


async def recorded(read_models: ReadModels, *rows: ImportRowRecorded) -> None:
    for each in rows:
        read_models.log.append(f"mentor_import_row:{each.import_id}:{each.line}", each)
    await read_models.catch_up()


async def lines(read_models: ReadModels, status: str | None = None) -> list[int]:
    page = await read_models.import_rows.page(ImportRowsQuery(import_id="import_1", status=status))
    return [each.line for each in rows_of(page, ImportRowAnswer)]


async def test_rows_by_line_with_what_became_of_them(read_models: ReadModels) -> None:
    await recorded(read_models, row(10, RowOutcome.FAILED), row(9, RowOutcome.CREATED))
    page = await read_models.import_rows.page(ImportRowsQuery(import_id="import_1"))
    assert rows_of(page, ImportRowAnswer) == [
        ImportRowAnswer(line=9, status="created", errors=(), mentor_id=MENTOR),
        ImportRowAnswer(line=10, status="failed", errors=(PROBLEM,)),
    ]


async def test_rows_by_status_of_one_import_only(read_models: ReadModels) -> None:
    await recorded(
        read_models,
        row(2, RowOutcome.FAILED),
        row(3, RowOutcome.UPDATED),
        row(4, RowOutcome.UNCHANGED),
        row(5, RowOutcome.FAILED, "import_2"),
    )
    assert await lines(read_models) == [2, 3, 4]
    assert await lines(read_models, "failed") == [2]
    assert await lines(read_models, "unchanged") == [4]
    assert await lines(read_models, "no-such-status") == []


async def test_pages_follow_each_other(read_models: ReadModels) -> None:
    await recorded(read_models, *(row(line, RowOutcome.CREATED) for line in range(2, 13)))
    seen: list[int] = []
    after: Keys | None = None
    for _ in range(3):
        query = ImportRowsQuery(import_id="import_1", status="created", limit=4, after=after)
        page = await read_models.import_rows.page(query)
        seen += [each.line for each in rows_of(page, ImportRowAnswer)]
        after = page.next_keys
    assert seen == list(range(2, 13))
    assert after is None
