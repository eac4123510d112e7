"""Importing mentors: uploading a file, and what became of its rows."""

from __future__ import annotations

from typing import Literal

import msgspec

from mentorbooking.application.answers.mentor_import import ImportRowAnswer, MentorImportAnswer
from mentorbooking.application.files.spooling import pieces_of
from mentorbooking.application.lists.import_rows import ListImportRows
from mentorbooking.application.mentor_import.upload import MOST_BYTES
from mentorbooking.application.read_models.mentor_import_rows import ImportRowsQuery
from mentorbooking.application.use_cases.imports.get_import import GetImport, known_import
from mentorbooking.application.use_cases.imports.request_import import RequestImport
from mentorbooking.entrypoints.decoding.fields import Limit
from mentorbooking.entrypoints.http import examples
from mentorbooking.entrypoints.http.answer import Answer, Page, page_of
from mentorbooking.entrypoints.http.attachments import CSV, as_attachment
from mentorbooking.entrypoints.http.call import Call
from mentorbooking.entrypoints.http.operations import Media, Operation, Upload, endpoint
from mentorbooking.entrypoints.http.uploads import uploaded_file

TAG = "Administration"


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
    async with uploaded_file(
        call.exchange, call.request.receive, field="file", largest=MOST_BYTES
    ) as file:
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
    given = call.query
    query = ListImportRows(
        wanted=ImportRowsQuery(
            import_id=call.path["import_id"], status=given.status, limit=given.limit
        ),
        cursor=given.cursor,
        at_least=call.min_position,
    )
    return page_of(await call.core.lists.import_rows(query), given.limit)


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
        headers=as_attachment(f"{import_.id}-report.csv"),
    )


ENDPOINTS = (
    import_mentors,
    get_mentor_import,
    list_mentor_import_rows,
    download_mentor_import_report,
)
