"""The entry that a mail puts into a reader's calendar: RFC 5545, sent as RFC 5546 says.

A booking is one entry for its whole life: the UID stays, SEQUENCE rises with each change, and
a cancellation names the same attendees. The service is the organizer and both sides have
agreed before the mail is written, so they take part as ACCEPTED and no answer is asked for.
Times are in UTC, so no VTIMEZONE is needed. The same facts give the same bytes.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Final
from urllib.parse import quote

from icalendar import Calendar, Event, vCalAddress, vText

from mentorbooking.application.notifications.facts import Person, Service, Session, Side
from mentorbooking.application.notifications.plain_words import lines_of, single_line
from mentorbooking.application.ports.mail_sender import CalendarMethod, CalendarPart

_PRODUCT = "-//mentorbooking//mentorbooking//EN"
_OURS = "mentorbooking"
"""What UIDs end in: no host, because the service may move while calendars hold its entries."""
_UNQUOTED = "@!$&'*+-/=^_`{|}~."
_REMEMBERED: Final = 64
"""Entries, of a kilobyte each: both sides of a session with a title are sent the same one."""


class _Text(vText):
    r"""TEXT (RFC 5545, 3.3.11). The library would write a backslash before an N as a line break."""

    def to_ical(self) -> bytes:
        escaped = self.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
        return escaped.replace("\n", "\\n").encode()


def calendar_part(
    method: CalendarMethod, session: Session, service: Service, *, reader: Side, at: datetime
) -> CalendarPart:
    """Write the entry for one reader; ``at`` is when the change happened (DTSTAMP)."""
    return _calendar_part(method, session, service, _summary(session, reader), at)


@lru_cache(_REMEMBERED)
def _calendar_part(
    method: CalendarMethod, session: Session, service: Service, summary: str, at: datetime
) -> CalendarPart:
    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    calendar.add_component(_event(method, session, service, summary, at))
    return CalendarPart(method, calendar.to_ical())


def _event(
    method: CalendarMethod, session: Session, service: Service, summary: str, at: datetime
) -> Event:
    event = Event()
    event.add("uid", f"{session.booking_id}@{_OURS}")
    event.add("sequence", session.sequence)
    event.add("dtstamp", at.astimezone(UTC))
    event.add("dtstart", session.start.astimezone(UTC))
    event.add("dtend", session.end.astimezone(UTC))
    event.add("status", "CANCELLED" if method == "CANCEL" else "CONFIRMED")
    event.add("summary", _Text(summary))
    event.add("description", _Text("\n".join([*lines_of(session.description), session.link])))
    event.add("url", session.link)
    event.add("organizer", vCalAddress.new(_uri(service.mailbox.address), cn=_cn(service.name)))
    event.add("attendee", _attendee(session.student))
    event.add("attendee", _attendee(session.mentor))
    return event


def _summary(session: Session, reader: Side) -> str:
    title = single_line(session.title)
    return title or f"Mentoring session with {single_line(session.other(reader).name)}"


def _attendee(person: Person) -> vCalAddress:
    return vCalAddress.new(
        _uri(person.address),
        cn=_cn(person.name),
        cutype="INDIVIDUAL",
        role="REQ-PARTICIPANT",
        partstat="ACCEPTED",
        rsvp=False,
    )


def _cn(name: str) -> str:
    """Fit a name into a parameter, where readers disagree about backslashes."""
    return single_line(name).replace("\\", "/")


def _uri(address: str) -> str:
    """Write an address as a ``mailto:`` URI (RFC 6068)."""
    return f"mailto:{quote(address, safe=_UNQUOTED)}"
