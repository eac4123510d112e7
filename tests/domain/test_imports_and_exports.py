"""The lives of an import and of an export, and of one row."""

from datetime import timedelta

from mentorbooking.domain.bookings_export.bookings_export import BookingsExport, ExportStatus
from mentorbooking.domain.bookings_export.errors import NotRetryable
from mentorbooking.domain.bookings_export.events import (
    BookingsExported,
    BookingsExportFailed,
    BookingsExportRequested,
    BookingsExportRetried,
    BookingsExportStarted,
    ExportFilter,
)
from mentorbooking.domain.mentor_import.events import (
    FileWarning,
    ImportCounts,
    ImportRowRecorded,
    MentorImportFailed,
    MentorImportRequested,
    MentorImportStarted,
    MentorsImported,
    RowOutcome,
    RowProblem,
)
from mentorbooking.domain.mentor_import.mentor_import import ImportStatus, MentorImport
from mentorbooking.domain.mentor_import.row import MentorImportRow
from tests.support.fixed import MENTOR, NOW, USER
from tests.support.scenario import given

REQUESTED = MentorImportRequested(
    at=NOW,
    object_key="mentors-import/x/mentors.csv",
    file_name="mentors.csv",
    sha256="00",
    size_bytes=10,
    dry_run=False,
    requested_by=USER,
)
COUNTS = ImportCounts(total=3, created=1, unchanged=1, failed=1)
IMPORTED = MentorsImported(at=NOW, counts=COUNTS, dry_run=False, requested_by=USER)
EXPORT = BookingsExportRequested(
    at=NOW, filter=ExportFilter(), as_of_position=7, raw=False, requested_by=USER
)
EXPORTED = BookingsExported(
    at=NOW, object_key="k", record_count=2, sha256="00", as_of_position=7, requested_by=USER
)
EXPORT_FAILED = BookingsExportFailed(at=NOW, code="disk-full", detail="…", requested_by=USER)


LATER = NOW + timedelta(minutes=1)
WARNINGS = (FileWarning("unknown-column", "…", "Shoes"),)


def an_import():
    return MentorImport(id="import_1")


def an_export():
    return BookingsExport(id="export_1")


def test_an_import_is_what_was_asked_for():
    decision = MentorImport.request(
        "import_1",
        object_key="k",
        file_name="mentors.csv",
        sha256="00",
        size_bytes=10,
        dry_run=True,
        requested_by=USER,
        now=NOW,
    )
    assert decision.events == (
        MentorImportRequested(
            at=NOW,
            object_key="k",
            file_name="mentors.csv",
            sha256="00",
            size_bytes=10,
            dry_run=True,
            requested_by=USER,
        ),
    )
    assert decision.outcome() == MentorImport(
        id="import_1",
        version=1,
        object_key="k",
        file_name="mentors.csv",
        sha256="00",
        size_bytes=10,
        dry_run=True,
        requested_by=USER,
        requested_at=NOW,
    )


def test_an_import_runs_and_completes():
    given(an_import(), REQUESTED).when(lambda i: i.start(now=NOW)).then(MentorImportStarted(at=NOW))
    given(an_import(), REQUESTED, MentorImportStarted(at=NOW)).when(
        lambda i: i.complete(COUNTS, (), now=NOW)
    ).then(IMPORTED)


def test_how_an_import_ended_is_what_is_read():
    started = an_import().after(REQUESTED, MentorImportStarted(at=NOW))
    assert (started.status, started.started_at) == (ImportStatus.RUNNING, NOW)
    completed = started.complete(COUNTS, WARNINGS, now=LATER).outcome()
    assert (completed.counts, completed.warnings) == (COUNTS, WARNINGS)
    assert (completed.is_finished, completed.finished_at) == (True, LATER)
    failed = started.fail("missing-column", "no email", WARNINGS, now=LATER).outcome()
    assert (failed.status, failed.finished_at) == (ImportStatus.FAILED, LATER)
    assert (failed.error_code, failed.error_detail) == ("missing-column", "no email")
    assert (failed.is_finished, failed.warnings) == (True, WARNINGS)


def test_an_import_that_goes_on_after_a_crash_starts_and_ends_only_once():
    running = given(an_import(), REQUESTED, MentorImportStarted(at=NOW))
    running.when(lambda i: i.start(now=NOW)).then_nothing()
    done = given(an_import(), REQUESTED, MentorImportStarted(at=NOW), IMPORTED)
    done.when(lambda i: i.complete(COUNTS, (), now=NOW)).then_nothing()
    done.when(lambda i: i.fail("x", "y", now=NOW)).then_nothing()


def test_failed_rows_show_in_the_status():
    started = MentorImportStarted(at=NOW)
    assert an_import().after(REQUESTED, started, IMPORTED).status == (
        ImportStatus.COMPLETED_WITH_ERRORS
    )
    clean = MentorsImported(at=NOW, counts=ImportCounts(), dry_run=True, requested_by=USER)
    assert an_import().after(REQUESTED, started, clean).status == ImportStatus.COMPLETED


def test_a_file_that_cannot_be_taken_in_fails_as_a_whole():
    given(an_import(), REQUESTED).when(
        lambda i: i.fail("missing-column", "no email", now=NOW)
    ).then(
        MentorImportFailed(
            at=NOW, code="missing-column", detail="no email", dry_run=False, requested_by=USER
        )
    )


def test_a_row_knows_its_import_and_line():
    row = MentorImportRow(id=MentorImportRow.id_of("import_1", 12))
    problem = RowProblem("E-mail", "invalid-email", "…")
    decision = row.record(RowOutcome.FAILED, problems=(problem,), now=NOW)
    assert decision.events == (
        ImportRowRecorded(
            at=NOW, import_id="import_1", line=12, outcome=RowOutcome.FAILED, problems=(problem,)
        ),
    )
    assert decision.outcome().outcome is RowOutcome.FAILED
    created = row.record(RowOutcome.CREATED, mentor_id=MENTOR, now=NOW).outcome()
    assert (created.exists, created.mentor_id, row.exists) == (True, MENTOR, False)


def test_an_export_is_what_was_asked_for():
    only = ExportFilter(mentor_id=MENTOR)
    decision = BookingsExport.request(
        "export_1", filter=only, as_of_position=7, raw=True, requested_by=USER, now=NOW
    )
    assert decision.events == (
        BookingsExportRequested(at=NOW, filter=only, as_of_position=7, raw=True, requested_by=USER),
    )
    assert decision.outcome() == BookingsExport(
        id="export_1",
        version=1,
        filter=only,
        as_of_position=7,
        raw=True,
        requested_by=USER,
        requested_at=NOW,
    )


def test_how_an_export_ended_is_what_is_read():
    running = an_export().after(EXPORT, BookingsExportStarted(at=NOW))
    assert (running.status, running.finished_at) == (ExportStatus.RUNNING, None)
    done = running.complete(object_key="k", record_count=2, sha256="00", now=LATER).outcome()
    assert (done.status, done.finished_at) == (ExportStatus.COMPLETED, LATER)
    assert (done.object_key, done.record_count, done.sha256) == ("k", 2, "00")
    failed = running.fail("disk-full", "…", now=LATER).outcome()
    assert (failed.status, failed.finished_at) == (ExportStatus.FAILED, LATER)
    assert (failed.error_code, failed.error_detail) == ("disk-full", "…")


def test_an_export_that_goes_on_after_a_crash_starts_and_ends_only_once():
    running = given(an_export(), EXPORT, BookingsExportStarted(at=NOW))
    running.when(lambda e: e.start(now=NOW)).then_nothing()
    running.when(lambda e: e.fail("disk-full", "…", now=NOW)).then(EXPORT_FAILED)
    for ended in (EXPORT_FAILED, EXPORTED):
        done = given(an_export(), EXPORT, BookingsExportStarted(at=NOW), ended)
        done.when(lambda e: e.fail("x", "y", now=NOW)).then_nothing()
        done.when(
            lambda e: e.complete(object_key="k", record_count=2, sha256="00", now=NOW)
        ).then_nothing()


def test_an_export_runs_and_completes():
    given(an_export(), EXPORT).when(lambda e: e.start(now=NOW)).then(BookingsExportStarted(at=NOW))
    given(an_export(), EXPORT, BookingsExportStarted(at=NOW)).when(
        lambda e: e.complete(object_key="k", record_count=2, sha256="00", now=NOW)
    ).then(EXPORTED)


def test_only_a_failed_export_can_be_retried():
    given(an_export(), EXPORT).when(lambda e: e.retry(now=NOW)).then_refused(NotRetryable)
    given(an_export(), EXPORT, EXPORT_FAILED).when(lambda e: e.retry(now=NOW)).then(
        BookingsExportRetried(at=NOW)
    )


def test_a_retried_export_is_queued_without_its_error():
    retried = an_export().after(EXPORT, EXPORT_FAILED, BookingsExportRetried(at=NOW))
    assert (retried.status, retried.error_code, retried.finished_at) == (
        ExportStatus.QUEUED,
        None,
        None,
    )
