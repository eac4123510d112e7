"""Exporting bookings: asking for a file, and fetching it."""

from __future__ import annotations

from typing import Literal

import msgspec

from mentorbooking.application.answers.bookings_export import BookingsExportAnswer
from mentorbooking.application.files.storage_keys import export_file_name
from mentorbooking.application.ports.object_storage import ObjectMissing
from mentorbooking.application.use_cases.exports.get_export import GetExport
from mentorbooking.application.use_cases.exports.request_export import RequestExport
from mentorbooking.application.use_cases.exports.retry_export import RetryExport, known_export
from mentorbooking.domain.bookings_export.events import ExportFilter
from mentorbooking.domain.kernel.errors import NotFound
from mentorbooking.entrypoints.decoding.fields import AsOf, InstantBound
from mentorbooking.entrypoints.http import examples
from mentorbooking.entrypoints.http.answer import Answer
from mentorbooking.entrypoints.http.as_of import errors_of_as_of, place_or_instant
from mentorbooking.entrypoints.http.attachments import CSV, as_attachment
from mentorbooking.entrypoints.http.call import Call
from mentorbooking.entrypoints.http.operations import Media, Operation, endpoint

TAG = "Administration"


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
        path="/exports/bookings",
        operation_id="export_bookings",
        summary="Export bookings as a CSV file",
        description="Exact: the file shows the bookings as they were at one position of the log.",
        tag=TAG,
        body=WantedExport,
        body_optional=True,
        also_wrong=errors_of_as_of,
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
        as_of_position=await _position(call),
        raw=body.raw,
    )
    return await call.core.commanding(
        call,
        call.core.commands.request_export,
        command,
        _accepted,
    )


def _accepted(export: BookingsExportAnswer) -> Answer:
    return Answer(status=202, body=export, location=f"/exports/bookings/{export.id}")


async def _position(call: Call[WantedExport, None]) -> int | None:
    """Return the position that is meant."""
    if call.body.as_of is None:
        return None
    return await call.core.position_at(place_or_instant(call.body.as_of, call.core.lanes))


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
        _accepted,
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
        headers=as_attachment(export_file_name(export.id)),
    )


ENDPOINTS = (
    export_bookings,
    get_bookings_export,
    retry_bookings_export,
    download_bookings_export,
)
