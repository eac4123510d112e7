"""Read one import; it is answered as completed only when the lists hold its rows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import msgspec
from msgspec import structs

from mentorbooking.application.answers.mentor_import import (
    MentorImportAnswer,
    mentor_import_answer,
)
from mentorbooking.application.ports.aggregate_store import AggregateStore
from mentorbooking.domain.kernel.errors import NotFound
from mentorbooking.domain.mentor_import.mentor_import import ImportStatus, MentorImport


class GetImport(msgspec.Struct, frozen=True):
    """For admins."""

    import_id: str


@dataclass(frozen=True, slots=True)
class GetImportHandler:
    """``lists_hold_it`` waits for the read models, for a moment at most."""

    aggregates: AggregateStore
    lists_hold_it: Callable[[], Awaitable[bool]]

    async def __call__(self, query: GetImport) -> MentorImportAnswer:
        found = await known_import(self.aggregates, query.import_id)
        answer = mentor_import_answer(found)
        if found.is_finished and not await self.lists_hold_it():
            return structs.replace(answer, status=ImportStatus.RUNNING, finished_at=None)
        return answer


async def known_import(aggregates: AggregateStore, import_id: str) -> MentorImport:
    """Return the import, or raise ``NotFound``."""
    found = await aggregates.find(MentorImport, import_id)
    if not found.exists:
        raise NotFound("There is no such import.")
    return found
