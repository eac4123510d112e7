"""Ask for the bookings as a CSV file, as they were at one position of the log."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from mentorbooking.application.answers.bookings_export import (
    BookingsExportAnswer,
    bookings_export_answer,
)
from mentorbooking.application.ports.aggregate_store import AggregateStore
from mentorbooking.application.ports.clock import Clock
from mentorbooking.application.ports.event_log import EventLog
from mentorbooking.application.ports.ids import Ids
from mentorbooking.application.principal import Principal
from mentorbooking.domain.bookings_export.bookings_export import BookingsExport
from mentorbooking.domain.bookings_export.events import ExportFilter


class RequestExport(msgspec.Struct, frozen=True, kw_only=True):
    """``as_of_position`` None: everything until now. ``raw``: no guard against formulas."""

    caller: Principal
    filter: ExportFilter = ExportFilter()
    as_of_position: int | None = None
    raw: bool = False


@dataclass(frozen=True, slots=True)
class RequestExportHandler:
    aggregates: AggregateStore
    log: EventLog
    clock: Clock
    ids: Ids

    async def __call__(self, command: RequestExport) -> BookingsExportAnswer:
        head = await self.log.head()
        wanted = head if command.as_of_position is None else command.as_of_position
        decision = BookingsExport.request(
            self.ids.new("export"),
            filter=command.filter,
            as_of_position=min(wanted, head),
            raw=command.raw,
            requested_by=command.caller.user_id,
            now=self.clock.now(),
        )
        answer = bookings_export_answer(decision.outcome())
        await self.aggregates.save(decision, answer=answer)
        return answer
