"""The OpenAPI 3.1 document, made from the declared operations.

Schemas come from the same types that decode and encode, so the document can't drift from what
runs. What follows from a declaration (a body can be malformed, a role can be the wrong one) is
added here, once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any

import msgspec

from mentorbooking.application.authorisation import Access
from mentorbooking.entrypoints.http.answer import JSON
from mentorbooking.entrypoints.http.implied_refusals import (
    OF_EVERY_OPERATION,
    example_detail,
    refusals_of,
)
from mentorbooking.entrypoints.http.openapi_instants import tell_instants
from mentorbooking.entrypoints.http.openapi_parts import (
    DESCRIPTION,
    EXAMPLE_IDS,
    PROBLEM_SCHEMA,
    header_components,
)
from mentorbooking.entrypoints.http.operations import Endpoint, Media, Operation, Upload
from mentorbooking.entrypoints.http.problems import CONTENT_TYPE, problem_title, problem_type
from mentorbooking.entrypoints.http.uploads import FORM

PATH_PARAMETER = re.compile(r"\{(\w+):\w+\}")


def openapi_document(
    endpoints: Iterable[Endpoint], access: Mapping[str, Access], root_path: str, version: str
) -> dict[str, Any]:
    """Build the document; it holds nothing but what JSON holds."""
    operations = [endpoint.operation for endpoint in endpoints]
    schemas = _Schemas(operations)
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        told = _operation(operation, access[operation.operation_id], schemas, root_path)
        path = PATH_PARAMETER.sub(r"{\1}", operation.path)
        paths.setdefault(path, {})[operation.method.lower()] = told
    parameters, headers = header_components()
    document = {
        "openapi": "3.1.0",
        "info": {
            "title": "mentorbooking",
            "version": version or "0",
            "description": DESCRIPTION,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": root_path or "/"}],
        "tags": [{"name": tag} for tag in dict.fromkeys(op.tag for op in operations)],
        "paths": paths,
        "components": {
            "schemas": {**schemas.components, "Problem": PROBLEM_SCHEMA},
            "parameters": parameters,
            "headers": headers,
            "securitySchemes": {
                "accessToken": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
            },
        },
    }
    # Docstrings mark code as reStructuredText does, descriptions as CommonMark does.
    as_json = msgspec.json.encode(document).replace(b"``", b"`")
    plain: dict[str, Any] = msgspec.json.decode(as_json)
    return plain


class _Schemas:
    """The schemas of every type that the operations read and answer."""

    def __init__(self, operations: Sequence[Operation]) -> None:
        bodies = [op.body for op in operations if op.body]
        answers = [kind for op in operations for kind in op.answers.values() if _is_json(kind)]
        queries = dict.fromkeys(op.query for op in operations if op.query)
        kinds = list(dict.fromkeys([*bodies, *answers]))
        references, self.components = _components(kinds)
        tell_instants(kinds, self.components)
        self._references = dict(zip(kinds, references, strict=True))
        self._queries: dict[Any, dict[str, Any]] = {}
        for kind in queries:
            (reference,), components = _components([kind])
            self._queries[kind] = components.pop(reference["$ref"].rpartition("/")[2])
            self.components |= components

    def of(self, kind: Any) -> dict[str, Any]:
        """Return the reference to a type's schema."""
        reference: dict[str, Any] = self._references[kind]
        return reference

    def parameters(self, kind: Any) -> Iterator[tuple[str, bool, dict[str, Any]]]:
        """Yield name, necessity and schema of what a query may hold; it can't hold null."""
        schema = self._queries[kind]
        for name, of_field in schema["properties"].items():
            arms = [arm for arm in of_field.get("anyOf", ()) if arm != {"type": "null"}]
            told = {key: value for key, value in of_field.items() if value is not None}
            if len(arms) == 1:
                told = {key: value for key, value in told.items() if key != "anyOf"} | arms[0]
            yield name, name in schema.get("required", ()), told


def _components(kinds: Sequence[Any]) -> tuple[tuple[dict[str, Any], ...], dict[str, Any]]:
    return msgspec.json.schema_components(kinds, ref_template="#/components/schemas/{name}")


def _is_json(kind: Any) -> bool:
    return kind is not None and not isinstance(kind, Media)


def _operation(
    operation: Operation, access: Access, schemas: _Schemas, root_path: str
) -> dict[str, Any]:
    told: dict[str, Any] = {
        "operationId": operation.operation_id,
        "summary": operation.summary,
        "tags": [operation.tag],
        "security": _security(operation, access),
        "x-access": {"anyone": access.anyone, "roles": access.roles},
        "parameters": _parameters(operation, schemas),
    }
    if operation.description:
        told["description"] = operation.description
    if operation.body is not None:
        told["requestBody"] = {
            "required": not operation.body_optional,
            "content": {JSON: _with_example(schemas.of(operation.body), operation.body_example)},
        }
    elif operation.upload is not None:
        told["requestBody"] = _upload_body(operation.upload)
    told["responses"] = {
        **{str(status): _success(operation, status, schemas) for status in operation.answers},
        **{
            str(status): _refusal(operation, {status: codes}, root_path)
            for status, codes in refusals_of(operation, access).items()
        },
        "default": _refusal(operation, OF_EVERY_OPERATION, root_path),
    }
    return told


def _security(operation: Operation, access: Access) -> list[dict[str, Any]]:
    if operation.anonymous:
        return []
    token: dict[str, Any] = {"accessToken": []}
    return [{}, token] if access.anyone else [token]


def _parameters(operation: Operation, schemas: _Schemas) -> list[dict[str, Any]]:
    parameters: list[dict[str, Any]] = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string"},
            "example": _example_id(name),
        }
        for name in PATH_PARAMETER.findall(operation.path)
    ]
    if operation.query is not None:
        for name, required, schema in schemas.parameters(operation.query):
            parameter = {"name": name, "in": "query", "required": required, "schema": schema}
            if name in operation.query_example:
                parameter["example"] = operation.query_example[name]
            parameters.append(parameter)
    headers = [*operation.accepts, "X-Request-ID"]
    return [*parameters, *({"$ref": f"#/components/parameters/{name}"} for name in headers)]


def _upload_body(upload: Upload) -> dict[str, Any]:
    field = {"type": "string", "contentMediaType": upload.content_type}
    return {
        "required": True,
        "content": {
            FORM: {
                "schema": {
                    "type": "object",
                    "properties": {upload.field: field},
                    "required": [upload.field],
                    "additionalProperties": False,
                },
                "encoding": {upload.field: {"contentType": upload.content_type}},
                "example": {upload.field: upload.example},
            }
        },
    }


def _success(operation: Operation, status: int, schemas: _Schemas) -> dict[str, Any]:
    kind = operation.answers[status]
    told: dict[str, Any] = {
        "description": HTTPStatus(status).phrase,
        "headers": _headers("X-Request-ID", *operation.sends),
    }
    if isinstance(kind, Media):
        schema = {"type": "string"}
        told["content"] = {kind.content_type: _with_example(schema, kind.example)}
    elif kind is not None:
        example = operation.answer_examples.get(status)
        told["content"] = {JSON: _with_example(schemas.of(kind), example)}
    return told


def _refusal(
    operation: Operation, refusals: Mapping[int, Sequence[str]], root_path: str
) -> dict[str, Any]:
    headers = {401: ("WWW-Authenticate",), 429: ("Retry-After",), 503: ("Retry-After",)}
    examples = {
        code: {"value": _problem(operation, status, code, root_path)}
        for status, codes in refusals.items()
        for code in codes
    }
    added = [name for status in refusals for name in headers.get(status, ())]
    return {
        "description": ", ".join(examples),
        "headers": _headers("X-Request-ID", *added),
        "content": {
            CONTENT_TYPE: {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "examples": examples,
            }
        },
        "x-codes": list(examples),
    }


def _problem(operation: Operation, status: int, code: str, root_path: str) -> dict[str, Any]:
    path = PATH_PARAMETER.sub(lambda found: _example_id(found[1]), operation.path)
    problem: dict[str, Any] = {
        "type": problem_type(code, root_path),
        "title": problem_title(code),
        "status": status,
        "detail": example_detail(code),
        "instance": f"{root_path}{path}",
        "code": code,
        "request_id": "tour-1",
    }
    if code == "invalid-content":
        place = {"parameter": "page"} if operation.body is None else {"pointer": "#/titel"}
        kind = "unknown-parameter" if operation.body is None else "unknown-field"
        problem["errors"] = [{**place, "code": kind, "detail": "There is no such one."}]
    return problem


def _headers(*names: str) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _with_example(schema: Mapping[str, Any], example: Any) -> dict[str, Any]:
    return {"schema": schema} if example is None else {"schema": schema, "example": example}


def _example_id(name: str) -> str:
    return EXAMPLE_IDS.get(name, f"some-{name}")
