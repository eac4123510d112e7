"""The calendar entry, written and read back with the icalendar library."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar
from msgspec import structs

from mentorbooking.application.notifications.calendar_part import calendar_part
from mentorbooking.application.notifications.facts import Person, Service, Session, Side
from mentorbooking.application.notifications.plain_words import lines_of, single_line
from mentorbooking.application.ports.mail_sender import CalendarMethod
from mentorbooking.domain.booking.events import Party
from tests.support.mail_facts import BOOKED_AT, SERVICE, session


def written(
    of: Session,
    method: CalendarMethod = "REQUEST",
    reader: Side = Party.STUDENT,
    at: datetime = BOOKED_AT,
    service: Service = SERVICE,
) -> bytes:
    return calendar_part(method, of, service, reader=reader, at=at).content


def read(content: bytes) -> tuple[Any, Any]:
    calendar = Calendar.from_ical(content)
    (entry,) = calendar.walk("VEVENT")
    return calendar, entry


def test_a_request_says_what_when_and_from_whom() -> None:
    calendar, entry = read(written(session()))

    assert calendar["METHOD"] == "REQUEST"
    assert calendar["VERSION"] == "2.0"
    assert calendar["PRODID"] == "-//mentorbooking//mentorbooking//EN"
    assert entry["UID"] == "booking_01h455vb4pex5vsknk084sn02q@mentorbooking"
    assert entry["SEQUENCE"] == 0
    assert entry["STATUS"] == "CONFIRMED"
    assert entry["SUMMARY"] == "Career talk"
    assert entry["DTSTART"].dt == datetime(2026, 12, 1, 9, tzinfo=UTC)
    assert entry["DTEND"].dt == datetime(2026, 12, 1, 10, tzinfo=UTC)
    assert entry["DTSTAMP"].dt == BOOKED_AT
    assert entry["ORGANIZER"] == "mailto:no-reply@booking.example"
    assert entry["ORGANIZER"].params["CN"] == "Mentor Booking"
    assert entry["URL"] == session().link
    assert entry["DESCRIPTION"] == f"Where to go from here?\nAnd how?\n{session().link}"


def test_both_sides_take_part() -> None:
    _, entry = read(written(session()))

    assert [str(attendee) for attendee in entry["ATTENDEE"]] == [
        "mailto:sam@students.example",
        "mailto:ada@mentors.example",
    ]
    for attendee, name in zip(entry["ATTENDEE"], ("Sam Student", "Ada Lovelace"), strict=True):
        assert dict(attendee.params) == {
            "CN": name,
            "CUTYPE": "INDIVIDUAL",
            "ROLE": "REQ-PARTICIPANT",
            "PARTSTAT": "ACCEPTED",
            "RSVP": "FALSE",
        }


def test_times_are_written_in_utc_whatever_they_came_in() -> None:
    in_kolkata = timezone(timedelta(hours=5, minutes=30))
    start = session().start.astimezone(in_kolkata)
    lines = written(session(start=start), at=BOOKED_AT.astimezone(in_kolkata)).split(b"\r\n")

    assert b"DTSTART:20261201T090000Z" in lines
    assert b"DTSTAMP:20261121T093000Z" in lines


def test_a_cancellation_names_the_same_entry_and_attendees_with_a_higher_sequence() -> None:
    _, first = read(written(session(sequence=0)))
    calendar, last = read(written(session(sequence=1), "CANCEL"))

    assert calendar["METHOD"] == "CANCEL"
    assert last["STATUS"] == "CANCELLED"
    assert last["UID"] == first["UID"]
    assert last["SEQUENCE"] > first["SEQUENCE"]
    assert last["ATTENDEE"] == first["ATTENDEE"]
    assert last["ORGANIZER"] == first["ORGANIZER"]


def test_an_entry_stays_the_same_when_the_service_moves() -> None:
    moved = structs.replace(SERVICE, base_url="https://elsewhere.example/mentoring")

    _, first = read(written(session(sequence=0)))
    _, last = read(written(session(sequence=1), "CANCEL", service=moved))

    assert last["UID"] == first["UID"]


def test_a_session_without_title_is_named_by_the_other_side() -> None:
    untitled = session(title="")

    assert read(written(untitled))[1]["SUMMARY"] == "Mentoring session with Ada Lovelace"
    assert (
        read(written(untitled, reader=Party.MENTOR))[1]["SUMMARY"]
        == "Mentoring session with Sam Student"
    )


def test_a_title_of_several_lines_is_put_on_one() -> None:
    _, entry = read(written(session(title="Career\nATTENDEE:mailto:eve@example.org")))

    assert entry["SUMMARY"] == "Career ATTENDEE:mailto:eve@example.org"
    assert len(entry["ATTENDEE"]) == 2


def test_backslashes_in_a_title_are_not_taken_for_line_breaks() -> None:
    assert b"\r\nSUMMARY:C:\\\\New\\\\notes\\, 2\r\n" in written(session(title="C:\\New\\notes, 2"))


def test_an_address_beyond_ascii_is_a_proper_uri() -> None:
    student = Person("Jörg", "jörg@students.example", "UTC")

    assert b"mailto:j%C3%B6rg@students.example" in written(session(student=student))


def test_the_same_facts_give_the_same_bytes() -> None:
    assert written(session()) == written(session())


TRICKY = st.text(st.characters() | st.sampled_from("\\nN,;:^'\"\n é名"), max_size=200)


@given(title=TRICKY, name=TRICKY, description=TRICKY)
def test_any_words_survive_folded_at_75_octets_with_crlf(
    title: str, name: str, description: str
) -> None:
    mentor = Person(name, "ada@mentors.example", "UTC")
    content = written(session(title=title, mentor=mentor, description=description))

    *lines, end = content.split(b"\r\n")
    assert end == b""
    assert all(len(line) <= 75 and b"\n" not in line and b"\r" not in line for line in lines)

    _, entry = read(content)
    title_or_name = single_line(title) or f"Mentoring session with {single_line(name)}"
    assert entry["SUMMARY"] == title_or_name
    assert entry["DESCRIPTION"] == "\n".join([*lines_of(description), session().link])
    assert entry["ATTENDEE"][1].params.get("CN", "") == single_line(name).replace("\\", "/")
    assert len(entry["ATTENDEE"]) == 2
