"""What each row of an import costs, and its line in the report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.aws.counting import counted
from bench.aws.report import Cost, cost_of
from mentorbooking.application.context import CommandContext, enter_context
from mentorbooking.application.mentor_import.reporting import ImportReport
from mentorbooking.application.mentor_import.worker import MentorImportWorker
from mentorbooking.application.use_cases.imports.request_import import RequestImport
from mentorbooking.domain.mentor_import.mentor_import import MentorImport

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.aws.counting import Spent
    from bench.aws.stage import Stage
    from mentorbooking.application.principal import Principal

ROWS = 160


async def imports(stage: Stage) -> list[Cost]:
    """Return what rows cost of mentors who are new, and of the same ones again."""
    admin = await stage.person("admin", "Alice Admin")
    rows, lines = zip(*[await _imported(stage, admin.principal) for _ in range(2)], strict=True)
    return [
        cost_of("a row of an import, a new mentor", rows[:1], each=ROWS),
        cost_of("a row of an import, nothing new", rows[1:], each=ROWS),
        cost_of("a line of an import's report", lines, each=ROWS),
    ]


async def _imported(stage: Stage, caller: Principal) -> tuple[Spent, Spent]:
    base, commands = stage.base, stage.service.core.commands
    context = CommandContext(actor="system", channel="job", correlation_id="bench")
    enter_context(context)
    asked = await commands.request_import(
        RequestImport(caller=caller, file_name="mentors.csv", content=_file, dry_run=False)
    )
    worker = MentorImportWorker(base.aggregates, base.storage, commands.take_in_rows, base.clock)
    with counted() as taking_in:
        await worker.do(asked.id, context)
    import_ = await base.aggregates.get(MentorImport, asked.id)
    assert import_.counts.total == ROWS, import_
    with counted() as reporting:
        async for _ in ImportReport(base.aggregates, base.storage).lines(import_):
            pass
    return taking_in, reporting


def _file() -> Iterator[bytes]:
    yield b"email,name,skills,bio\n"
    for number in range(ROWS):
        yield f"m{number}@bench.example.org,Mentor {number},Python;SQL,Ten years of it\n".encode()
