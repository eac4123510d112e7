"""An export of bookings straight from the log into a file."""

from __future__ import annotations

from contextlib import aclosing, closing
from datetime import datetime
from pathlib import Path

import msgspec

from mentorbooking.adapters.export_scratch.sqlite import SQLiteExportScratch
from mentorbooking.application.bookings_export.as_of import position_as_of
from mentorbooking.application.bookings_export.folding import BookingsFile
from mentorbooking.application.ports.event_log import EventLog
from mentorbooking.application.positions import LogPlace, position_token
from mentorbooking.domain.bookings_export.events import ExportFilter
from mentorbooking.entrypoints.cli.outputs import written_whole
from mentorbooking.entrypoints.cli.progress import Tell


class Exported(msgspec.Struct, frozen=True):
    """What makes the file exact."""

    as_of_position: str
    record_count: int
    sha256: str


async def export_file(
    log: EventLog,
    path: Path,
    *,
    as_of: LogPlace | datetime | None,
    wanted: ExportFilter,
    raw: bool,
    tell: Tell,
) -> Exported:
    """Write the bookings as they were at a position; the newest one is the latest there is."""
    position = head = await log.head()
    if as_of is not None:
        position = min(await position_as_of(log, as_of), head)
    with closing(SQLiteExportScratch()) as scratch:
        file = BookingsFile(log, scratch, up_to=position, wanted=wanted, raw=raw)
        async with aclosing(file.fold()) as steps:
            async for reached in steps:
                tell(reached, position)
        with written_whole(path) as output:
            async with aclosing(file.blocks()) as blocks:
                async for block in blocks:
                    output.write(block)
    return Exported(position_token(position), file.record_count, file.sha256)
