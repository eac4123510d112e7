"""Private events as the world is told of them: CloudEvents without anybody's words."""

from __future__ import annotations

import json

import pytest

from mentorbooking.application.integration_events.events import NotPublic, integration_event
from mentorbooking.application.integration_events.examples import examples
from mentorbooking.domain.catalogue import EVENT_TYPES
from mentorbooking.domain.kernel.event import Event
from mentorbooking.domain.student_calendar.events import SessionRemoved
from tests.support.fixed import BOOKING, MENTOR, NOW, STUDENT
from tests.support.public_events import SOURCE, cancelled, created, recorded


def test_a_booking_is_told_as_a_cloud_event_of_ids_and_times() -> None:
    event = integration_event(recorded(BOOKING, created(), position=7), source=SOURCE)

    assert json.loads(event.to_json()) == {
        "specversion": "1.0",
        "id": "event_7",
        "source": SOURCE,
        "type": "booking.created",
        "subject": BOOKING,
        "time": "2026-09-01T09:00:00Z",
        "datacontenttype": "application/json",
        "dataschema": "urn:mentorbooking:event:booking.created:1",
        "position": "0:7",
        "actor": "user:user_1",
        "correlationid": "request-1",
        "causationid": "event_0",
        "data": {
            "booking_id": BOOKING,
            "mentor_id": MENTOR,
            "student_id": STUDENT,
            "slot_id": "slot_1",
            "start": "2026-09-02T09:00:00Z",
            "end": "2026-09-02T10:00:00Z",
        },
    }


def test_a_cancellation_tells_who_and_not_why() -> None:
    event = integration_event(recorded(BOOKING, cancelled("I am ill")), source=SOURCE)

    assert json.loads(event.to_json())["data"] == {
        "booking_id": BOOKING,
        "cancelled_by": "student",
    }


@pytest.mark.parametrize("event", [created("Talk about Ada"), cancelled("Ada is ill")])
def test_what_people_wrote_stays_inside(event: Event) -> None:
    told = integration_event(recorded(BOOKING, event), source=SOURCE).to_json()

    assert b"Ada" not in told
    assert b"@" not in told


def test_attributes_without_a_value_are_left_out() -> None:
    fact = recorded(BOOKING, created())
    fact = fact._replace(metadata=type(fact.metadata)("system", "job", "request-1"))

    assert "causationid" not in json.loads(integration_event(fact, source=SOURCE).to_json())


def test_names_of_attributes_are_those_that_cloud_events_allow() -> None:
    for example in examples():
        attributes = set(json.loads(example.to_json())) - {"data"}
        assert all(name.isascii() and name.isalnum() and name.islower() for name in attributes)


def test_a_private_event_has_no_public_form() -> None:
    with pytest.raises(NotPublic, match=r"^student_calendar\.session_removed$"):
        integration_event(
            recorded("calendar", SessionRemoved(at=NOW, booking_id=BOOKING)), source=SOURCE
        )


def test_four_types_keep_their_names_for_good() -> None:
    types = {example.type for example in examples()}

    assert types == {
        "booking.created",
        "booking.cancelled",
        "mentors.imported",
        "bookings.exported",
    }
    assert types <= set(EVENT_TYPES)
