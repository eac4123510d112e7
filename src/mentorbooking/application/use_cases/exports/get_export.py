"""Read one export; with a fresh signed link each time, once the file is there."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from mentorbooking.application.answers.bookings_export import (
    BookingsExportAnswer,
    bookings_export_answer,
)
from mentorbooking.application.files.storage_keys import export_file_name
from mentorbooking.application.ports.aggregate_store import AggregateStore
from mentorbooking.application.ports.clock import Clock
from mentorbooking.application.ports.identity import DownloadLinks
from mentorbooking.application.use_cases.exports.retry_export import known_export
from mentorbooking.domain.bookings_export.bookings_export import ExportStatus


class GetExport(msgspec.Struct, frozen=True):
    """For admins."""

    export_id: str


@dataclass(frozen=True, slots=True)
class GetExportHandler:
    """``base_url`` is what links begin with."""

    aggregates: AggregateStore
    links: DownloadLinks
    clock: Clock
    base_url: str

    async def __call__(self, query: GetExport) -> BookingsExportAnswer:
        found = await known_export(self.aggregates, query.export_id)
        if found.status is not ExportStatus.COMPLETED or found.object_key is None:
            return bookings_export_answer(found)
        link = await self.links.link(
            found.object_key,
            served_at=f"{self.base_url}/exports/bookings/{found.id}/file",
            file_name=export_file_name(found.id),
            now=self.clock.now(),
        )
        return bookings_export_answer(found, download_url=link.url, expires_at=link.expires_at)
