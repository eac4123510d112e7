"""The reading page: the OpenAPI document as one HTML page that needs nothing else.

No script and no request to anywhere: the page's policy allows its own style sheet, by its hash,
and nothing more.
"""

from __future__ import annotations

import json
import re
import shlex
from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup, escape

_METHODS = ("get", "post", "put", "patch", "delete")


class Page(NamedTuple):
    """``policy`` is the Content-Security-Policy to send it with."""

    html: bytes
    policy: str


def reading_page(document: Mapping[str, Any]) -> Page:
    """Write the page."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    html = environment.get_template("docs_page.html").render(
        document=document,
        tags=_operations_by_tag(document),
        schemas=document["components"]["schemas"],
        codes=_codes(document),
        prose=_prose,
        words=type_in_words,
        rows=schema_rows,
        pretty=_pretty,
        curl=_curl,
        callers=_callers,
        resolved=lambda part: _resolved(document, part),
    )
    style = html.partition("<style>")[2].partition("</style>")[0]
    digest = b64encode(sha256(style.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    )
    return Page(html.encode(), policy)


def type_in_words(schema: Mapping[str, Any]) -> Markup:
    """Say what a schema allows; names of other schemas are links."""
    bounds = ", ".join(
        words.format(schema[keyword])
        for keyword, words in _BOUNDS
        if schema.get(keyword) not in (None, "", [])
    )
    kind = _kind_in_words(schema)
    return kind + Markup(" <small>{}</small>").format(bounds) if bounds else kind


def _kind_in_words(schema: Mapping[str, Any]) -> Markup:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return Markup('<a href="#schema-{0}">{0}</a>').format(name)
    if "anyOf" in schema:
        return Markup(" or ").join(type_in_words(arm) for arm in schema["anyOf"])
    if "enum" in schema:
        return escape(" | ".join(json.dumps(value) for value in schema["enum"]))
    if schema.get("type") == "array":
        return Markup("list of {}").format(type_in_words(schema.get("items", {})))
    return escape(schema.get("format") or schema.get("type") or "anything")


_BOUNDS = (
    ("minimum", "≥ {}"),
    ("maximum", "≤ {}"),
    ("minLength", "at least {} characters"),
    ("maxLength", "at most {} characters"),
    ("minItems", "at least {} items"),
    ("maxItems", "at most {} items"),
    ("default", "default {}"),
)


def schema_rows(schema: Mapping[str, Any]) -> list[tuple[str, bool, Markup, str]]:
    """Return name, necessity, type and description of an object's members."""
    required = schema.get("required", ())
    return [
        (name, name in required, type_in_words(member), member.get("description", ""))
        for name, member in schema.get("properties", {}).items()
    ]


def _operations_by_tag(document: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    tags: dict[str, list[dict[str, Any]]] = {tag["name"]: [] for tag in document["tags"]}
    for path, operations in document["paths"].items():
        for method in _METHODS:
            if method in operations:
                told = {**operations[method], "method": method.upper(), "path": path}
                tags[told["tags"][0]].append(told)
    return tags


def _codes(document: Mapping[str, Any]) -> dict[str, tuple[int, list[str]]]:
    """Return, for every code, its status and the operations that may answer with it."""
    codes: dict[str, tuple[int, list[str]]] = {}
    for operations in _operations_by_tag(document).values():
        for operation in operations:
            for answer in operation["responses"].values():
                for code in answer.get("x-codes", ()):
                    (content,) = answer["content"].values()
                    status = content["examples"][code]["value"]["status"]
                    codes.setdefault(code, (status, []))[1].append(operation["operationId"])
    return dict(sorted(codes.items()))


def _resolved(document: Mapping[str, Any], part: Mapping[str, Any]) -> Any:
    found: Any = document
    if "$ref" not in part:
        return part
    for step in part["$ref"].removeprefix("#/").split("/"):
        found = found[step]
    return found


def _prose(text: str) -> Markup:
    """Show what stands between backticks as code."""
    escaped = str(escape(text))
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", escaped))  # noqa: S704


def _pretty(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)


def _callers(operation: Mapping[str, Any]) -> str:
    access = operation["x-access"]
    if access["anyone"]:
        return "anyone"
    return ", ".join(
        f"{role} (own)" if reach == "own" else role for role, reach in access["roles"].items()
    )


def _curl(operation: Mapping[str, Any], server: str) -> str:
    """Show the operation as a command that can be pasted, once there is a token."""
    path, query = operation["path"], {}
    for parameter in operation["parameters"]:
        if parameter.get("in") == "path":
            path = path.replace(f"{{{parameter['name']}}}", parameter["example"])
        elif parameter.get("in") == "query" and "example" in parameter:
            example = parameter["example"]
            shown = json.dumps(example) if isinstance(example, bool) else example
            query[parameter["name"]] = shown
    url = f"$BASE{server.rstrip('/')}{path}" + (f"?{urlencode(query, doseq=True)}" if query else "")
    words = [f'curl "{url}"' if operation["method"] == "GET" else _method(operation, url)]
    if any("accessToken" in way for way in operation["security"]):
        words.append('-H "Authorization: Bearer $TOKEN"')
    for kind, body in operation.get("requestBody", {}).get("content", {}).items():
        if kind == "application/json":
            words.append(f"-H 'Content-Type: {kind}'")
            words.append(f"-d {shlex.quote(json.dumps(body.get('example', {})))}")
        else:
            words += [f"-F {field}=@{field}.csv" for field in body["schema"]["properties"]]
    return " \\\n  ".join(words)


def _method(operation: Mapping[str, Any], url: str) -> str:
    return f'curl -X {operation["method"]} "{url}"'
