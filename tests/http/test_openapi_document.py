"""The OpenAPI document is valid, complete, and its examples are what it says they are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.http.demo import ACCESS, ENDPOINTS

pytestmark = pytest.mark.anyio


@pytest.fixture
async def document(client: httpx.AsyncClient) -> dict[str, Any]:
    answer = await client.get("/schema/openapi.json")
    assert answer.headers["content-type"] == "application/json"
    told: dict[str, Any] = answer.json()
    return told


def operations_in(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path in document["paths"].values():
        yield from path.values()


def contents_in(operation: dict[str, Any]) -> Iterator[dict[str, Any]]:
    bodies = [operation["requestBody"]] if "requestBody" in operation else []
    for part in [*bodies, *operation["responses"].values()]:
        yield from part.get("content", {}).values()


async def test_it_is_valid(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    OpenAPIV31SpecValidator(document).validate()


async def test_every_operation_is_there_with_id_summary_and_access(
    document: dict[str, Any],
) -> None:
    operations = list(operations_in(document))
    assert {operation["operationId"] for operation in operations} == ACCESS.keys()
    assert len(operations) == len(ENDPOINTS) + 2
    for operation in operations:
        assert operation["summary"]
        assert operation["tags"]
        access = ACCESS[operation["operationId"]]
        roles = {str(role): reach for role, reach in access.roles.items()}
        assert operation["x-access"] == {"anyone": access.anyone, "roles": roles}


async def test_every_operation_tells_its_errors_with_an_example_of_each(
    document: dict[str, Any],
) -> None:
    for operation in operations_in(document):
        refusals = {
            status: answer for status, answer in operation["responses"].items() if status >= "4"
        }
        assert "422" in refusals
        assert "default" in refusals
        for status, answer in refusals.items():
            (content,) = answer["content"].values()
            assert content["examples"].keys() == set(answer["x-codes"])
            if status != "default":
                for example in content["examples"].values():
                    assert example["value"]["status"] == int(status)


async def test_what_follows_from_a_declaration_is_told(document: dict[str, Any]) -> None:
    book = document["paths"]["/bookings"]["post"]
    codes = {
        status: answer.get("x-codes")
        for status, answer in book["responses"].items()
        if status != "default"
    }
    assert codes == {
        "201": None,
        "400": ["malformed", "invalid-idempotency-key"],
        "401": ["unauthenticated", "invalid-token"],
        "403": ["forbidden"],
        "409": ["idempotency-in-progress", "slot-taken"],
        "413": ["content-too-large"],
        "415": ["unsupported-media-type"],
        "422": ["invalid-content", "idempotency-key-reused"],
    }
    assert book["security"] == [{"accessToken": []}]
    assert set(book["responses"]["201"]["headers"]) == {
        "X-Request-ID",
        "Location",
        "ETag",
        "Event-Position",
    }
    assert document["paths"]["/whoami"]["get"]["security"] == [{}, {"accessToken": []}]
    assert document["paths"]["/sign-in"]["post"]["security"] == []


async def test_unknown_fields_are_ruled_out(document: dict[str, Any]) -> None:
    assert document["components"]["schemas"]["NewBooking"]["additionalProperties"] is False


async def test_instants_are_told_as_such(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    assert schemas["Booking"]["properties"]["start"]["format"] == "date-time"
    cancelled_at = schemas["Booking"]["properties"]["cancelled_at"]
    assert cancelled_at["anyOf"] == [{"type": "string", "format": "date-time"}, {"type": "null"}]


async def test_code_in_descriptions_is_marked_as_commonmark_does(
    document: dict[str, Any],
) -> None:
    assert document["components"]["schemas"]["NewBooking"]["description"] == "What to `book`."


async def test_parameters_are_told_as_they_are_read(document: dict[str, Any]) -> None:
    listing = document["paths"]["/bookings"]["get"]
    by_name = {p["name"]: p for p in listing["parameters"] if p.get("in") == "query"}
    assert by_name.keys() == {
        "skill", "premium", "max_hourly_rate", "from", "status", "limit", "cursor"
    }  # fmt: skip
    assert by_name["limit"]["schema"] == {
        "type": "integer",
        "minimum": 1,
        "maximum": 200,
        "default": 50,
    }
    assert by_name["from"]["schema"] == {"type": "string", "format": "date-time"}
    assert by_name["limit"]["example"] == 20
    assert {"$ref": "#/components/parameters/Min-Event-Position"} in listing["parameters"]
    (identity,) = (
        p
        for p in document["paths"]["/bookings/{booking_id}"]["get"]["parameters"]
        if p.get("in") == "path"
    )
    assert identity["example"].startswith("booking_")


async def test_every_example_is_what_its_schema_says(document: dict[str, Any]) -> None:
    checked = 0

    def check(example: Any, schema: dict[str, Any]) -> None:
        nonlocal checked
        # References are looked up in the schema itself, so what they name goes with it.
        whole = {**schema, "components": document["components"]}
        OAS31Validator(whole).validate(example)
        checked += 1

    for operation in operations_in(document):
        for content in contents_in(operation):
            examples = [content["example"]] if "example" in content else []
            examples += [named["value"] for named in content.get("examples", {}).values()]
            assert examples, operation["operationId"]
            for example in examples:
                check(example, content["schema"])
        for parameter in operation["parameters"]:
            if "example" in parameter:
                check(parameter["example"], parameter["schema"])
    for parameter in document["components"]["parameters"].values():
        check(parameter["example"], parameter["schema"])
    assert checked > 50
