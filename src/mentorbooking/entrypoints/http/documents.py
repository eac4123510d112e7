"""The API's own description, as operations of the API: the OpenAPI document and its reading page.

Both are made when somebody first asks, so that the start does not wait for them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec

from mentorbooking.application.authorisation import Access
from mentorbooking.entrypoints.http.answer import Answer
from mentorbooking.entrypoints.http.call import Call
from mentorbooking.entrypoints.http.openapi import openapi_document
from mentorbooking.entrypoints.http.operations import Endpoint, Media, Operation, endpoint

if TYPE_CHECKING:
    from mentorbooking.entrypoints.http.docs_page import Page

TAG = "Documentation"

_OPENAPI = Operation(
    method="GET",
    path="/schema/openapi.json",
    operation_id="get_openapi",
    summary="Read the OpenAPI document",
    tag=TAG,
    answers={200: dict[str, Any]},
    anonymous=True,
    quiet=True,
    answer_examples={200: {"openapi": "3.1.0"}},
)

_DOCS = Operation(
    method="GET",
    path="/docs",
    operation_id="read_docs",
    summary="Read this page",
    tag=TAG,
    answers={200: Media("text/html", "<!DOCTYPE html>…")},
    anonymous=True,
    quiet=True,
)


def with_documents(
    endpoints: Sequence[Endpoint], access: Mapping[str, Access], root_path: str, version: str
) -> list[Endpoint]:
    """Return the endpoints together with those that describe them all."""

    @cache
    def document() -> dict[str, Any]:
        return openapi_document(described, access, root_path, version)

    @cache
    def encoded() -> bytes:
        return msgspec.json.encode(document())

    @cache
    def page() -> Page:
        from mentorbooking.entrypoints.http.docs_page import reading_page

        return reading_page(document())

    @endpoint(_OPENAPI)
    async def get_openapi(_: Call[None, None]) -> Answer:
        return Answer(body=encoded())

    @endpoint(_DOCS)
    async def read_docs(_: Call[None, None]) -> Answer:
        return Answer(
            body=page().html,
            content_type="text/html; charset=utf-8",
            headers=(("Content-Security-Policy", page().policy),),
        )

    described = [*endpoints, get_openapi, read_docs]
    return described
