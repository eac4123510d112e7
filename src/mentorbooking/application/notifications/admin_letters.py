"""The facts of a mail to the admin who asked for an import or an export."""

from __future__ import annotations

from dataclasses import dataclass

from mentorbooking.application.answers.failure import Failure
from mentorbooking.application.notifications import bookings_exported, mentors_imported
from mentorbooking.application.notifications.addressees import Addressees, reachable
from mentorbooking.application.notifications.facts import Person, Service
from mentorbooking.application.notifications.import_errors import first_errors
from mentorbooking.application.notifications.letter import MailContent
from mentorbooking.application.ports.aggregate_store import AggregateStore
from mentorbooking.application.ports.event_log import EventLog, RecordedEvent
from mentorbooking.domain.bookings_export.events import BookingsExported, BookingsExportFailed
from mentorbooking.domain.mentor_import.events import (
    ImportCounts,
    MentorImportFailed,
    MentorsImported,
)
from mentorbooking.domain.mentor_import.mentor_import import MentorImport


@dataclass(frozen=True, slots=True)
class AdminLetters:
    log: EventLog
    aggregates: AggregateStore
    addressees: Addressees
    service: Service

    async def imported(
        self, event: MentorsImported | MentorImportFailed, recorded: RecordedEvent
    ) -> tuple[Person, MailContent]:
        admin = reachable(await self.addressees.user(event.requested_by))
        import_ = await self.aggregates.get(MentorImport, recorded.stream)
        match event:
            case MentorsImported(counts=counts):
                errors = await first_errors(self.log, recorded, counts.failed)
                outcome: ImportCounts | Failure = counts
            case MentorImportFailed(code=code, detail=detail):
                errors, outcome = (), Failure(code, detail)
        facts = mentors_imported.Facts(
            service=self.service,
            admin=admin,
            file_name=import_.file_name,
            report_link=f"{self.service.base_url}/import/mentors/{import_.id}/report.csv",
            outcome=outcome,
            errors=errors,
        )
        return admin, mentors_imported.to_admin(facts)

    async def exported(
        self, event: BookingsExported | BookingsExportFailed, recorded: RecordedEvent
    ) -> tuple[Person, MailContent]:
        admin = reachable(await self.addressees.user(event.requested_by))
        match event:
            case BookingsExported(record_count=record_count):
                outcome: int | Failure = record_count
            case BookingsExportFailed(code=code, detail=detail):
                outcome = Failure(code, detail)
        facts = bookings_exported.Facts(
            service=self.service,
            admin=admin,
            link=f"{self.service.base_url}/exports/bookings/{recorded.stream}",
            outcome=outcome,
        )
        return admin, bookings_exported.to_admin(facts)
