"""One row of an import: a stream of its own, so that a row is never done twice.

The id is (import, line). The row's outcome is appended together with what the row did; when a
crash interrupts an import, the rows that have a stream are the ones that are done.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Self

from mentorbooking.domain.kernel.aggregate import AggregateRoot, Decision
from mentorbooking.domain.mentor_import.events import (
    ImportRowRecorded,
    MentorImportRowEvent,
    RowOutcome,
    RowProblem,
)


class MentorImportRow(AggregateRoot):
    """``outcome`` is None until the row is done."""

    TOPIC: ClassVar[str] = "mentor_import_row"

    outcome: RowOutcome | None = None
    mentor_id: str | None = None
    problems: tuple[RowProblem, ...] = ()

    @classmethod
    def stream_of(cls, aggregate_id: str) -> str:
        return f"mentor_import_row:{aggregate_id}"

    @staticmethod
    def id_of(import_id: str, line: int) -> str:
        return f"{import_id}:{line}"

    def record(
        self,
        outcome: RowOutcome,
        *,
        mentor_id: str | None = None,
        problems: tuple[RowProblem, ...] = (),
        now: datetime,
    ) -> Decision[Self]:
        import_id, _, line = self.id.rpartition(":")
        return self.decide(
            ImportRowRecorded(
                at=now,
                import_id=import_id,
                line=int(line),
                outcome=outcome,
                mentor_id=mentor_id,
                problems=problems,
            )
        )

    def evolve(self, event: MentorImportRowEvent) -> None:
        self.outcome = event.outcome
        self.mentor_id = event.mentor_id
        self.problems = event.problems
