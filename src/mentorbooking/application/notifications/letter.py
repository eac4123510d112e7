"""A mail in parts, and how the parts become a text and a page of HTML.

A kind of mail is a function that fills a ``Letter``; plain text and HTML come from the same
parts, so that they always say the same. Whatever people wrote is cleaned and escaped here,
so that no kind of mail has to think of it.
"""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING

import msgspec

from mentorbooking.application.notifications.facts import Mailbox, Service
from mentorbooking.application.notifications.plain_words import lines_of, single_line
from mentorbooking.application.ports.mail_sender import CalendarPart, OutgoingMail

if TYPE_CHECKING:
    from jinja2 import Environment


class Detail(msgspec.Struct, frozen=True):
    """A labelled fact; its text may have several lines."""

    label: str
    text: str

    @property
    def lines(self) -> tuple[str, ...]:
        return lines_of(self.text)


class Link(msgspec.Struct, frozen=True):
    """Where the reader goes from here."""

    label: str
    url: str


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """The parts of a mail, in the order in which they are read.

    ``because`` ends the sentence "You get this mail because …".
    """

    subject: str
    headline: str
    reader: str
    opening: str
    link: Link
    because: str
    details: tuple[Detail, ...] = ()
    closing: tuple[str, ...] = ()


class MailContent(msgspec.Struct, frozen=True, kw_only=True):
    """A mail without envelope."""

    subject: str
    text: str
    html: str
    calendar: CalendarPart | None = None

    def addressed(self, to: Mailbox, *, message_id: str, at: datetime) -> OutgoingMail:
        """Put it into an envelope."""
        return OutgoingMail(
            message_id=message_id,
            to_address=to.address,
            to_name=to.name,
            subject=self.subject,
            text=self.text,
            html=self.html,
            calendar=self.calendar,
            sent_at=at,
        )


def write(letter: Letter, service: Service, calendar: CalendarPart | None = None) -> MailContent:
    """Write a letter out, as plain text and as HTML."""
    templates = _templates()
    parts = {"letter": letter, "service": service}
    return MailContent(
        subject=single_line(letter.subject),
        text=templates.get_template("letter.txt").render(parts),
        html=templates.get_template("letter.html").render(parts),
        calendar=calendar,
    )


@cache
def _templates() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

    environment = Environment(
        loader=PackageLoader(__package__),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    environment.filters["line"] = single_line
    return environment
