"""Ask once more for an export that failed."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from mentorbooking.application.answers.bookings_export import (
    BookingsExportAnswer,
    bookings_export_answer,
)
from mentorbooking.application.ports.aggregate_store import AggregateStore
from mentorbooking.application.ports.clock import Clock
from mentorbooking.application.use_cases.preconditions import Versions, require_version
from mentorbooking.domain.bookings_export.bookings_export import BookingsExport
from mentorbooking.domain.kernel.errors import NotFound


class RetryExport(msgspec.Struct, frozen=True, kw_only=True):
    """For admins."""

    export_id: str
    if_match: Versions | None = None


@dataclass(frozen=True, slots=True)
class RetryExportHandler:
    aggregates: AggregateStore
    clock: Clock

    async def __call__(self, command: RetryExport) -> BookingsExportAnswer:
        found = await known_export(self.aggregates, command.export_id)
        require_version(found, command.if_match)
        decision = found.retry(now=self.clock.now())
        answer = bookings_export_answer(decision.outcome())
        await self.aggregates.save(decision, answer=answer)
        return answer


async def known_export(aggregates: AggregateStore, export_id: str) -> BookingsExport:
    """Return the export, or raise ``NotFound``."""
    found = await aggregates.find(BookingsExport, export_id)
    if not found.exists:
        raise NotFound("There is no such export.")
    return found
