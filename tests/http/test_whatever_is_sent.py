"""Whatever is sent, the service answers as its OpenAPI document says, and never fails.

Requests are made from the document's own schemas, and bent. No status, code or shape of an
answer may be another than the document tells.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openapi_schema_validator import OAS31Validator

from mentorbooking.application.authorisation import ACCESS
from mentorbooking.entrypoints.http import examples
from mentorbooking.entrypoints.http.documents import with_documents
from mentorbooking.entrypoints.http.openapi import openapi_document
from mentorbooking.entrypoints.http.routes import ENDPOINTS
from tests.support.bent_requests import BentRequest, requests_to
from tests.support.effort import rounds
from tests.support.running_service import House

pytestmark = pytest.mark.anyio

DOCUMENT = openapi_document(with_documents(ENDPOINTS, ACCESS, "", "1"), ACCESS, "", "1")
OPERATIONS = {
    told["operationId"]: told for item in DOCUMENT["paths"].values() for told in item.values()
}
CALLERS = (
    "student",
    "mentor",
    "admin",
    "operator",
    "nobody",
    "student",
    "mentor",
    "admin",
    "admin",
)
"""Those who may do more call more often."""


@dataclass
class Town:
    """Who calls, and what there is to name."""

    callers: dict[str, httpx.AsyncClient]
    ids: dict[str, list[str]]


@pytest.fixture(scope="module")
async def town(shared_house: House) -> Town:
    house = shared_house
    student, mentor, admin = await house.student(), await house.mentor(), await house.admin()
    slots = await house.offer(mentor, *(house.at(days=1 + n) for n in range(3)))
    bookings = [(await house.book(student, mentor, slot_id))["id"] for slot_id in slots[:2]]
    notified = (await admin.get(f"/bookings/{bookings[0]}/notifications")).json()["data"]
    imported = await house.imported(admin, b"email,name,skills\na@example.org,A,Go\n,B,Go\n")
    location = (await admin.post("/exports/bookings")).headers["Location"]
    export = await house.exported(admin, location)
    return Town(
        {
            "student": student.http,
            "mentor": mentor.http,
            "admin": admin.http,
            "operator": (await house.operator()).http,
            "nobody": house.anyone,
        },
        {
            "mentor_id": [mentor.id],
            "slot_id": slots,
            "student_id": [student.id],
            "booking_id": bookings,
            "message_id": [message["id"] for message in notified],
            "import_id": [imported["id"]],
            "export_id": [export["id"]],
            "subscription_id": [examples.SUBSCRIPTION_ID],
        },
    )


@given(request=requests_to(DOCUMENT), caller=st.sampled_from(CALLERS))
@settings(
    max_examples=rounds(600),
    database=None,
    suppress_health_check=list(HealthCheck),
)
async def test_the_answer_is_one_that_the_document_tells(
    town: Town, request: BentRequest, caller: str
) -> None:
    answer = await town.callers[caller].request(**request.sent(town.ids))

    assert answer.status_code < 500, answer.text
    described = OPERATIONS[request.operation_id]["responses"].get(str(answer.status_code))
    assert described is not None, (answer.status_code, answer.text)
    kind = answer.headers.get("content-type", "").partition(";")[0]
    if answer.status_code >= 400:
        assert kind == "application/problem+json"
        assert answer.json()["code"] in described["x-codes"], answer.text
    if kind.endswith("json") and request.operation_id != "get_openapi":
        schema: dict[str, Any] = described["content"][kind]["schema"]
        OAS31Validator({**schema, "components": DOCUMENT["components"]}).validate(answer.json())
