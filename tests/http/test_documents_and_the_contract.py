"""Every route of the contract is in the OpenAPI document, and reading it needs no internet."""

from __future__ import annotations

import json
import re

import pytest

from mentorbooking.entrypoints.http.routes import mentors
from tests.support.running_service import (
    House,
)

pytestmark = pytest.mark.anyio


@pytest.fixture
def house(shared_house: House) -> House:
    """Most of this is true of any house."""
    return shared_house


CONTRACT = """
POST /auth/register
POST /auth/token
POST /auth/refresh
GET /me
PATCH /me
GET /mentors
GET /mentors/{mentor_id}
POST /mentors
PATCH /mentors/{mentor_id}
POST /mentors/{mentor_id}/activate
POST /mentors/{mentor_id}/pause
POST /mentors/{mentor_id}/confirm
POST /mentors/{mentor_id}/invite
GET /mentors/{mentor_id}/timeslots
POST /mentors/{mentor_id}/timeslots
PUT /mentors/{mentor_id}/timeslots/{slot_id}
DELETE /mentors/{mentor_id}/timeslots/{slot_id}
GET /mentors/{mentor_id}/bookings
POST /bookings
GET /bookings
GET /bookings/{booking_id}
DELETE /bookings/{booking_id}
GET /bookings/{booking_id}/history
GET /bookings/{booking_id}/notifications
POST /notifications/{message_id}/resend
POST /import/mentors
GET /import/mentors/{import_id}
GET /import/mentors/{import_id}/rows
GET /import/mentors/{import_id}/report.csv
POST /exports/bookings
GET /exports/bookings/{export_id}
POST /exports/bookings/{export_id}/retry
GET /health/live
GET /health/ready
GET /metrics
GET /schema/openapi.json
GET /docs
"""


async def test_every_route_of_the_contract_is_in_the_openapi_document(house: House) -> None:
    from openapi_spec_validator import OpenAPIV31SpecValidator

    document = (await house.anyone.get("/schema/openapi.json")).json()
    OpenAPIV31SpecValidator(document).validate()
    told = {
        f"{method.upper()} {path}": operation
        for path, item in document["paths"].items()
        for method, operation in item.items()
    }

    assert document["openapi"].startswith("3.1")
    assert set(CONTRACT.split("\n")) - {""} <= set(told)
    for name, operation in told.items():
        assert operation["operationId"], name
        assert operation["summary"], name
        assert any(status >= "4" for status in operation["responses"]), name
        assert "example" in json.dumps(operation), name


async def test_the_reading_page_needs_no_internet(house: House) -> None:
    page = await house.anyone.get("/docs")

    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    sources = re.findall(r'(?:src|href)="([^"]*)"', page.text)
    assert not [each for each in sources if each.startswith(("http", "//"))]
    assert mentors.TAG in page.text
