"""The bookings of the log up to one position, as a CSV file.

The log is folded into a scratch table and sorted there, so that the file depends on nothing
but the log: no read model, no clock, no later event. Names and zones are those known at the
position. The service's worker and the command line make their files here.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator, Sequence
from functools import partial
from hashlib import sha256
from typing import Final

from mentorbooking.application.bookings_export.rendering import ExportRow, export_blocks
from mentorbooking.application.files.off_the_loop import off_the_loop, one_step_off_the_loop
from mentorbooking.application.ports.event_log import EventLog, RecordedEvent
from mentorbooking.application.ports.export_scratch import ExportScratch
from mentorbooking.domain.booking.booking import BookingStatus
from mentorbooking.domain.booking.events import BookingCancelled, BookingCreated
from mentorbooking.domain.bookings_export.events import ExportFilter
from mentorbooking.domain.mentor.events import MentorCreated, MentorProfileChanged
from mentorbooking.domain.user_account.events import AccountChanged, AccountRegistered

BATCH: Final = 500
"""Few enough that to read them holds up an event loop for some milliseconds only."""

TOPICS: Final = (
    BookingCreated.TOPIC,
    BookingCancelled.TOPIC,
    AccountRegistered.TOPIC,
    AccountChanged.TOPIC,
    MentorCreated.TOPIC,
    MentorProfileChanged.TOPIC,
)


class BookingsFile:
    """First run through ``fold``, then through ``blocks``; then count and hash are known.

    Both work in steps, so that whoever drives them can show progress and stop in between. What
    takes long is done in threads.
    """

    def __init__(
        self,
        log: EventLog,
        scratch: ExportScratch,
        *,
        up_to: int,
        wanted: ExportFilter,
        raw: bool = False,
    ) -> None:
        """``up_to`` is the last position that counts. ``raw``: no guard against formulas."""
        self._log, self._scratch = log, scratch
        self._up_to, self._wanted, self._raw = up_to, wanted, raw
        self._digest = sha256()
        self.record_count = 0

    @property
    def sha256(self) -> str:
        """The hash of all blocks so far, in hexadecimal."""
        return self._digest.hexdigest()

    async def fold(self) -> AsyncGenerator[int, None]:
        """Gather what the file needs; each step answers the position reached."""
        position = 0
        while position < self._up_to:
            events = await self._log.read(position, BATCH, topics=TOPICS)
            await one_step_off_the_loop(partial(self._gather, events))
            position = events[-1].position if len(events) == BATCH else self._up_to
            yield min(position, self._up_to)

    def _gather(self, events: Sequence[RecordedEvent]) -> None:
        with self._scratch.batch():
            for recorded in events:
                if recorded.position <= self._up_to:
                    _take_in(recorded, self._scratch)

    def blocks(self) -> AsyncGenerator[bytes, None]:
        """Write the file, header first, sorted by start, then id."""
        return off_the_loop(self._written())

    def _written(self) -> Iterator[bytes]:
        for block in export_blocks(self._rows(), raw=self._raw):
            self._digest.update(block)
            yield block

    def _rows(self) -> Iterator[ExportRow]:
        for row in self._scratch.rows():
            if _is_wanted(row, self._wanted):
                self.record_count += 1
                yield row


def _take_in(recorded: RecordedEvent, scratch: ExportScratch) -> None:
    match recorded.event:
        case BookingCreated() as created:
            scratch.add_booking(
                recorded.stream,
                status=BookingStatus.CONFIRMED,
                student_id=created.student_id,
                mentor_id=created.mentor_id,
                title=created.title,
                start=created.slot.start,
                end=created.slot.end,
                created_at=created.at,
            )
        case BookingCancelled() as cancelled:
            scratch.cancel_booking(
                recorded.stream,
                status=BookingStatus.CANCELLED,
                at=cancelled.at,
                by=cancelled.cancelled_by,
                reason=cancelled.reason,
            )
        case AccountRegistered() as registered:
            scratch.name_account(
                recorded.stream, student_id=registered.student_id, name=registered.name
            )
        case AccountChanged(name=str(name)):
            scratch.rename_account(recorded.stream, name=name)
        case MentorCreated(profile=profile):
            scratch.describe_mentor(recorded.stream, name=profile.name, time_zone=profile.time_zone)
        case MentorProfileChanged(changes=changes):
            scratch.redescribe_mentor(
                recorded.stream,
                name=changes.name or None,
                time_zone=changes.time_zone or None,
            )
        case _:
            pass


def _is_wanted(row: ExportRow, wanted: ExportFilter) -> bool:
    return (
        (wanted.start_from is None or row.start >= wanted.start_from)
        and (wanted.start_before is None or row.start < wanted.start_before)
        and wanted.status in (None, row.status)
        and wanted.mentor_id in (None, row.mentor_id)
    )
