"""Operations that take a file and give one."""

from __future__ import annotations

from collections.abc import AsyncIterator

from mentorbooking.entrypoints.http.answer import Answer
from mentorbooking.entrypoints.http.call import Call
from mentorbooking.entrypoints.http.operations import Media, Operation, Upload, endpoint
from mentorbooking.entrypoints.http.uploads import uploaded_file
from tests.http.demo_operations import Kind


@endpoint(
    Operation(
        method="POST",
        path="/import",
        operation_id="import_file",
        summary="Import a file",
        tag="Files",
        upload=Upload("file", 3_000_000, "text/csv", "name\nAda\n"),
        answers={202: Kind},
        answer_examples={202: {"kind": "mentors.csv"}},
    )
)
async def import_file(call: Call[None, None]) -> Answer:
    async with uploaded_file(
        call.exchange, call.request.receive, field="file", largest=3_000_000
    ) as file:
        told = {"name": file.name, "size": file.size, "sha256": file.sha256}
        return Answer(status=202, body={**told, "start": file.content.read(10).decode("latin-1")})


@endpoint(
    Operation(
        method="GET",
        path="/report.csv",
        operation_id="report",
        summary="Download a report",
        tag="Files",
        answers={200: Media("text/csv", "line\n")},
    )
)
async def report(call: Call[None, None]) -> Answer:
    async def lines() -> AsyncIterator[bytes]:
        yield b"line\r\n"
        yield b"1\r\n"

    return Answer(
        body=lines(),
        content_type="text/csv; charset=utf-8",
        headers=(("Cache-Control", "private, no-store"),),
    )
