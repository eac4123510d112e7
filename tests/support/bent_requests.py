"""Requests to the operations of an OpenAPI document: some right, most of them bent."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from hypothesis import strategies as st

from tests.support.schema_values import mostly, values

HEADERS = {
    "If-Match": ['"1"', '"2"', "*", "", 'W/"1"', "junk", '"' + "9" * 30 + '"'],
    "Idempotency-Key": ["k1", "k2", "", "a b", "x" * 300],
    "Min-Event-Position": ["0:1", "0:0", "", "x", "9:9", "0:" + "9" * 30],
    "X-Request-ID": ["mine", "", "x" * 65],
}
PLACES = 3
"""How many things of a kind can be meant: the one with this number, if there are so many."""


@dataclass(frozen=True)
class Known:
    """An id of something that there is; which, is found out when the request is sent."""

    kind: str
    number: int


@dataclass(frozen=True)
class BentRequest:
    """``path`` and ``body`` may hold ``Known`` things instead of text."""

    operation_id: str
    method: str
    path: tuple[str | Known, ...]
    query: str
    headers: tuple[tuple[str, str], ...]
    body: Any = None
    file: tuple[str, bytes] | None = None
    has_body: bool = False

    def sent(self, ids: dict[str, list[str]]) -> dict[str, Any]:
        """Return the request as the client takes it."""

        def text_of(part: Any) -> Any:
            if isinstance(part, Known):
                known = ids[part.kind]
                return known[part.number % len(known)]
            return part

        path = "/".join(quote(str(text_of(part)), safe="") for part in self.path)
        headers = [(name.encode(), text.encode()) for name, text in self.headers]
        request: dict[str, Any] = {"method": self.method, "url": f"{path}?{self.query}"}
        if self.file is not None:
            name, content = self.file
            request["files"] = {name: ("f\u00fcr/uns\\.csv", content, "text/csv")}
        elif self.has_body:
            body = self.body
            if isinstance(body, dict):
                body = {name: text_of(value) for name, value in body.items()}
            request["content"] = json.dumps(body).encode()
            headers.append((b"Content-Type", b"application/json"))
        return {**request, "headers": headers}


def requests_to(document: dict[str, Any]) -> st.SearchStrategy[BentRequest]:
    """Return requests to all operations of a document."""
    components = document["components"]["schemas"]
    return st.one_of(
        *(
            _requests(method.upper(), path, told, components)
            for path, item in document["paths"].items()
            for method, told in item.items()
        )
    )


def _requests(
    method: str, path: str, told: dict[str, Any], components: dict[str, Any]
) -> st.SearchStrategy[BentRequest]:
    parameters = told["parameters"]
    content = told.get("requestBody", {}).get("content", {})
    schema = content.get("application/json", {}).get("schema")
    return st.builds(
        BentRequest,
        operation_id=st.just(told["operationId"]),
        method=st.just(method),
        path=_paths(path),
        query=_queries([p for p in parameters if p.get("in") == "query"], components),
        headers=_headers([p["$ref"].rpartition("/")[2] for p in parameters if "$ref" in p]),
        body=st.none() if schema is None else _bodies(schema, components),
        file=_files() if "multipart/form-data" in content else st.none(),
        has_body=st.just(schema is not None),
    )


def _known(kind: str) -> st.SearchStrategy[Known]:
    return st.builds(Known, st.just(kind), st.integers(0, PLACES - 1))


def _paths(path: str) -> st.SearchStrategy[tuple[str | Known, ...]]:
    junk = st.text(st.characters(codec="utf-8", exclude_characters="/"), min_size=1, max_size=12)
    parts: list[st.SearchStrategy[Any]] = []
    for part in path.split("/"):
        if part.startswith("{"):
            known = _known(part[1:-1])
            parts.append(mostly(known, junk, one_in=4))
        else:
            parts.append(st.just(part))
    return st.tuples(*parts)


def _queries(
    parameters: list[dict[str, Any]], components: dict[str, Any]
) -> st.SearchStrategy[str]:
    known = {p["name"]: values(p["schema"], components) for p in parameters}
    some = st.sets(st.sampled_from(sorted(known)), max_size=3) if known else st.just(set())
    given = some.flatmap(lambda names: st.fixed_dictionaries({n: known[n] for n in sorted(names)}))
    strange = st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=2)
    unknown = mostly(st.just({}), strange)
    return st.builds(lambda one, two: _encoded({**two, **one}), given, unknown)


def _encoded(query: dict[str, Any]) -> str:
    pairs = [
        (name, each if isinstance(each, str) else json.dumps(each))
        for name, value in query.items()
        for each in (value if isinstance(value, list) else [value])
    ]
    return urlencode(pairs, errors="replace")


def _headers(names: list[str]) -> st.SearchStrategy[tuple[tuple[str, str], ...]]:
    some = st.fixed_dictionaries(
        {}, optional={name: st.sampled_from(HEADERS[name]) for name in names}
    )
    return mostly(st.just(()), some.map(lambda given: tuple(given.items())), one_in=3)


def _bodies(schema: dict[str, Any], components: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Let fields that name something name what there is, more often than not."""
    bodies = values(schema, components)
    fields = components[schema["$ref"].rpartition("/")[2]]["properties"]
    named = [name for name in fields if name.endswith("_id") and name != "external_id"]
    if not named:
        return bodies
    known = st.fixed_dictionaries({name: _known(name) for name in named})
    merged = st.builds(
        lambda body, ids: {**body, **ids} if isinstance(body, dict) else body, bodies, known
    )
    return mostly(merged, bodies, one_in=3)


def _files() -> st.SearchStrategy[tuple[str, bytes]]:
    start = st.sampled_from([b"", b"email,name,skills\n", b"\xef\xbb\xbfemail;name;skills\r"])
    rows = st.one_of(
        st.binary(max_size=80), st.text('a@.,;"\n\\N\u00fc', max_size=80).map(str.encode)
    )
    content = st.builds(lambda one, two: one + two, start, rows)
    return st.tuples(st.sampled_from(["file", "file", "file", "other"]), content)
