"""Importing mentors and exporting bookings."""

from __future__ import annotations

from typing import Literal

import msgspec

from mentorbooking.application.answers.bookings_export import BookingsExportAnswer
from mentorbooking.application.answers.mentor_import import ImportRowAnswer, MentorImportAnswer
from mentorbooking.application.bookings_export.as_of import read_as_of
from mentorbooking.application.mentor_import.upload import MOST_BYTES
from mentorbooking.application.ports.object_storage import ObjectMissing
from mentorbooking.application.spooling import pieces_of
from mentorbooking.application.storage_keys import export_file_name
from mentorbooking.application.use_cases.exports.get_export import GetExport
from mentorbooking.application.use_cases.exports.request_export import RequestExport
from mentorbooking.application.use_cases.exports.retry_export import RetryExport, known_export
from mentorbooking.application.use_cases.imports.get_import import GetImport, known_import
from mentorbooking.application.use_cases.imports.request_import import RequestImport
from mentorbooking.domain.bookings_export.events import ExportFilter
from mentorbooking.domain.kernel.errors import FieldError, InvalidContent, NotFound
from mentorbooking.domain.kernel.unacceptable import Unacceptable
from mentorbooking.entrypoints.http import examples
from mentorbooking.entrypoints.http.answer import Answer
from mentorbooking.entrypoints.http.call import Call
from mentorbooking.entrypoints.http.fields import AsOf, InstantBound, Limit, Page
from mentorbooking.entrypoints.http.operations import Media, Operation, Upload, endpoint
from mentorbooking.entrypoints.http.uploads import uploaded_file

TAG = "Administration"
CSV = "text/csv; charset=utf-8"


class ImportQuery(msgspec.Struct, frozen=True):
    """``dry_run``: the same report, and no mentor is touched."""

    dry_run: bool = False


class RowFilters(msgspec.Struct, frozen=True):
    """Which rows of an import."""

    status: Literal["created", "updated", "unchanged", "failed"] | None = None
    limit: Limit = 50
    cursor: str | None = None


class ImportRowList(msgspec.Struct, frozen=True):
    """By line."""

    data: list[ImportRowAnswer]
    page: Page


class WantedExport(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"from_": "from"}
):
    """Which bookings, by start. ``as_of``: an instant or a position; ``raw``: no formula guard."""

    from_: InstantBound | None = None
    to: InstantBound | None = None
    status: Literal["confirmed", "cancelled"] | None = None
    mentor_id: str | None = None
    as_of: AsOf | None = None
    raw: bool = False


@endpoint(
    Operation(
        method="POST",
        path="/import/mentors",
        operation_id="import_mentors",
        summary="Import mentors from a CSV file",
        description="At most 10 MiB and 50,000 rows. The file is kept as it was uploaded.",
        tag=TAG,
        upload=Upload(
            field="file",
            largest=MOST_BYTES,
            content_type="text/csv",
            example="email,name,skills\ngrace@example.org,Grace Hopper,Compilers; COBOL\n",
        ),
        query=ImportQuery,
        answers={202: MentorImportAnswer},
        refusals={
            413: ("file-too-large",),
            422: ("empty-file",),
        },
        accepts=("Idempotency-Key",),
        sends=("Location", "Event-Position", "Idempotency-Replayed"),
        query_example={"dry_run": "true"},
        answer_examples={202: examples.MENTOR_IMPORT},
    )
)
async def import_mentors(call: Call[None, ImportQuery]) -> Answer:
    async with uploaded_file(call, field="file", largest=MOST_BYTES) as file:
        command = RequestImport(
            caller=call.principal,
            file_name=file.name,
            content=lambda: pieces_of(file.content),
            dry_run=call.query.dry_run,
        )
        return await call.core.commanding(
            call,
            call.core.commands.request_import,
            command,
            lambda import_: Answer(
                status=202, body=import_, location=f"/import/mentors/{import_.id}"
            ),
            content=file.sha256,
        )


@endpoint(
    Operation(
        method="GET",
        path="/import/mentors/{import_id:str}",
        operation_id="get_mentor_import",
        summary="Read how an import stands",
        tag=TAG,
        answers={200: MentorImportAnswer},
        refusals={404: ("not-found",)},
        sends=("ETag",),
        answer_examples={200: examples.MENTOR_IMPORT},
    )
)
async def get_mentor_import(call: Call[None, None]) -> Answer:
    import_ = await call.core.queries.get_import(GetImport(call.path["import_id"]))
    return Answer(body=import_, version=import_.version)


@endpoint(
    Operation(
        method="GET",
        path="/import/mentors/{import_id:str}/rows",
        operation_id="list_mentor_import_rows",
        summary="List what became of each row",
        tag=TAG,
        query=RowFilters,
        answers={200: ImportRowList},
        refusals={
            400: ("invalid-cursor", "invalid-event-position"),
            404: ("not-found",),
            503: ("projection-behind",),
        },
        accepts=("Min-Event-Position",),
        query_example={"status": "failed"},
        answer_examples={200: examples.page_of(examples.IMPORT_ROW)},
    )
)
async def list_mentor_import_rows(call: Call[None, RowFilters]) -> Answer:
    return await call.core.lists.import_rows(call)


@endpoint(
    Operation(
        method="GET",
        path="/import/mentors/{import_id:str}/report.csv",
        operation_id="download_mentor_import_report",
        summary="Download the file with the verdict beside each row",
        tag=TAG,
        answers={
            200: Media(
                CSV,
                example="email,name,skills,line,status,errors,mentor_id\r\n"
                f"grace@example.org,Grace Hopper,Compilers,2,created,,{examples.MENTOR_ID}\r\n",
            )
        },
        refusals={404: ("not-found",)},
    )
)
async def download_mentor_import_report(call: Call[None, None]) -> Answer:
    import_ = await known_import(call.core.aggregates, call.path["import_id"])
    await call.core.import_report.require_upload(import_)
    return Answer(
        body=call.core.import_report.lines(import_),
        content_type=CSV,
        headers=_attachment(f"{import_.id}-report.csv"),
    )


@endpoint(
    Operation(
        method="POST",
        path="/exports/bookings",
        operation_id="export_bookings",
        summary="Export bookings as a CSV file",
        description="Exact: the file shows the bookings as they were at one position of the log.",
        tag=TAG,
        body=WantedExport,
        body_optional=True,
        answers={202: BookingsExportAnswer},
        accepts=("Idempotency-Key",),
        sends=("Location", "Event-Position", "Idempotency-Replayed"),
        body_example={"from": "2026-11-01T00:00:00Z", "to": "2026-12-01T00:00:00Z"},
        answer_examples={202: examples.BOOKINGS_EXPORT},
    )
)
async def export_bookings(call: Call[WantedExport, None]) -> Answer:
    body = call.body
    command = RequestExport(
        caller=call.principal,
        filter=ExportFilter(
            start_from=body.from_,
            start_before=body.to,
            status=body.status,
            mentor_id=body.mentor_id,
        ),
        as_of_position=None if body.as_of is None else await _position(call, body.as_of),
        raw=body.raw,
    )
    return await call.core.commanding(
        call,
        call.core.commands.request_export,
        command,
        lambda export: Answer(status=202, body=export, location=f"/exports/bookings/{export.id}"),
    )


async def _position(call: Call[WantedExport, None], as_of: str) -> int:
    """Return the position that is meant."""
    try:
        meant = read_as_of(as_of, call.core.lanes)
    except Unacceptable as refusal:  # a lane that this log does not have
        raise InvalidContent(FieldError("#/as_of", refusal.code, refusal.detail)) from None
    return await call.core.position_at(meant)


@endpoint(
    Operation(
        method="GET",
        path="/exports/bookings/{export_id:str}",
        operation_id="get_bookings_export",
        summary="Read how an export stands",
        description="The link is signed, lives 15 minutes, and is renewed by asking again.",
        tag=TAG,
        answers={200: BookingsExportAnswer},
        refusals={404: ("not-found",)},
        sends=("ETag",),
        answer_examples={200: examples.BOOKINGS_EXPORT},
    )
)
async def get_bookings_export(call: Call[None, None]) -> Answer:
    export = await call.core.queries.get_export(GetExport(call.path["export_id"]))
    return Answer(body=export, version=export.version)


@endpoint(
    Operation(
        method="POST",
        path="/exports/bookings/{export_id:str}/retry",
        operation_id="retry_bookings_export",
        summary="Try a failed export again",
        tag=TAG,
        answers={202: BookingsExportAnswer},
        refusals={
            404: ("not-found",),
            409: ("not-retryable",),
            412: ("version-mismatch",),
        },
        accepts=("If-Match", "Idempotency-Key"),
        sends=("Location", "Event-Position", "Idempotency-Replayed"),
        answer_examples={202: examples.BOOKINGS_EXPORT},
    )
)
async def retry_bookings_export(call: Call[None, None]) -> Answer:
    return await call.core.commanding(
        call,
        call.core.commands.retry_export,
        RetryExport(export_id=call.path["export_id"], if_match=call.if_match),
        lambda export: Answer(status=202, body=export, location=f"/exports/bookings/{export.id}"),
    )


class DownloadQuery(msgspec.Struct, frozen=True):
    """The signature, as the link has it."""

    expires: str | None = None
    signature: str | None = None


@endpoint(
    Operation(
        method="GET",
        path="/exports/bookings/{export_id:str}/file",
        operation_id="download_bookings_export",
        summary="Download an exported file",
        description="Whoever holds the signed link may; without a valid signature: 403.",
        tag=TAG,
        query=DownloadQuery,
        answers={200: Media(CSV, example="booking_id,status,student_id\r\n")},
        refusals={403: ("invalid-link",), 404: ("not-found",)},
        anonymous=True,
    )
)
async def download_bookings_export(call: Call[None, DownloadQuery]) -> Answer:
    export = await known_export(call.core.aggregates, call.path["export_id"])
    if export.object_key is None:
        raise NotFound("There is no such file.")
    query = call.request.scope["query_string"].decode("ascii", "replace")
    call.core.links.check(export.object_key, query, call.core.clock.now(), method="GET")
    try:
        await call.core.storage.stat(export.object_key)
    except ObjectMissing:
        raise NotFound("The file is no longer kept; ask for an export anew.") from None
    return Answer(
        body=call.core.storage.read(export.object_key),
        content_type=CSV,
        headers=_attachment(export_file_name(export.id)),
    )


def _attachment(name: str) -> tuple[tuple[str, str], ...]:
    return (
        ("Content-Disposition", f'attachment; filename="{name}"'),
        ("Cache-Control", "private, no-store"),
    )


ENDPOINTS = (
    import_mentors,
    get_mentor_import,
    list_mentor_import_rows,
    download_mentor_import_report,
    export_bookings,
    get_bookings_export,
    retry_bookings_export,
    download_bookings_export,
)
